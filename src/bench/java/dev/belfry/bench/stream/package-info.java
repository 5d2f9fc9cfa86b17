/** What streams cost, and what reaches them. */
package dev.belfry.bench.stream;
