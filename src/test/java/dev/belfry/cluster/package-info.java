/**
 * Starts and stops a Belfry cluster on this machine: PostgreSQL and Open Liberty replicas with the
 * demo WAR.
 *
 * <p>The demo ({@link dev.belfry.cluster.DemoCommand}) is one user; the others are integration
 * tests, which kill replicas, stop PostgreSQL and read logs.
 */
package dev.belfry.cluster;
