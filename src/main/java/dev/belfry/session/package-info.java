/**
 * What a session is, who may use it, and where sessions are kept.
 *
 * <p>{@link dev.belfry.session.SessionStore} is the contract, with the roles beside it; {@link
 * dev.belfry.session.SessionBackend#inMemory} keeps it within one process. Plain Java: no Jakarta
 * EE API but {@code jakarta.json}.
 */
package dev.belfry.session;
