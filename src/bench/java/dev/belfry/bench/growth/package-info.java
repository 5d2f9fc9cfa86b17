/** Whether a unit of work costs the same when there is much more of everything. */
package dev.belfry.bench.growth;
