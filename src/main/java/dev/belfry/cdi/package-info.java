/**
 * Belfry in a container: what is read at deployment, what is produced, what starts and stops with
 * the application. Nothing uses this package but applications, for its qualifiers: {@link
 * dev.belfry.cdi.Belfry}, {@link dev.belfry.cdi.InTransaction} and {@link dev.belfry.cdi.Topic}.
 */
package dev.belfry.cdi;
