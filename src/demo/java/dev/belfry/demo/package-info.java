/**
 * An application that shows what Belfry is for: any of its replicas can answer any request.
 *
 * <p>{@code mcp} is an MCP server made with the official Java SDK, {@code events} publishes and
 * streams events, and {@code sessions} looks after sessions. Belfry itself appears as injected
 * beans and as one filter in {@code web.xml}.
 */
package dev.belfry.demo;
