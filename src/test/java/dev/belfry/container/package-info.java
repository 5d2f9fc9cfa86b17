/**
 * Belfry inside real servers: two Open Liberty servers that share one PostgreSQL, which Arquillian
 * starts and deploys to.
 */
package dev.belfry.container;
