/** What single steps cost inside a JVM: time, and bytes that are allocated. */
package dev.belfry.bench.cost;
