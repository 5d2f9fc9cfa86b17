/**
 * Sessions and events on PostgreSQL: the only package with SQL, and the only one that knows the
 * driver.
 *
 * <p>Data enters through {@link dev.belfry.postgres.PostgresSessionStore} and {@link
 * dev.belfry.postgres.PostgresBroadcaster}; what other replicas publish enters through the loop in
 * {@code PostgresListener}. {@link dev.belfry.postgres.PostgresSchema} sees to it that the tables
 * exist.
 */
package dev.belfry.postgres;
