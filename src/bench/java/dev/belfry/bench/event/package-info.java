/** What it costs to publish an event, and how soon it is heard. */
package dev.belfry.bench.event;
