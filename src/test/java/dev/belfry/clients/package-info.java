/** Clients that were not written here, at work on servers that come and go. */
package dev.belfry.clients;
