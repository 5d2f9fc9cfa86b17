/**
 * Belfry in a container: what is read at deployment, what is produced, what starts and stops with
 * the application. Nothing uses this package but applications, for {@link dev.belfry.cdi.Belfry}.
 */
package dev.belfry.cdi;
