/**
 * Publishes events, and streams them to browsers: once with Belfry's own stream, and once with a
 * resource of the standard API, as an application may want its own. Tells how many listen.
 */
package dev.belfry.demo.events;
