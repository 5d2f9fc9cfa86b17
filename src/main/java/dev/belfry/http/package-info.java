/**
 * HTTP to sessions: credentials and session id in, admission out.
 *
 * <p>{@link dev.belfry.http.SessionFilter} is mapped by the application in front of what needs
 * sessions; behind it, {@link dev.belfry.http.CurrentSession} is the session of the request, and
 * {@link dev.belfry.http.SessionState} its state as a type of the application's.
 */
package dev.belfry.http;
