/** What runs and watches Belfry in production: the cleanup timer and the health checks. */
package dev.belfry.operations;
