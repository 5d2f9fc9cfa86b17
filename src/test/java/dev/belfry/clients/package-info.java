/**
 * Clients that others wrote, against real replicas: what their users see when connections are cut
 * and replicas restarted.
 */
package dev.belfry.clients;
