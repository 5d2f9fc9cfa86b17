/** What it costs to find, change, touch and clean up sessions. */
package dev.belfry.bench.session;
