/**
 * An MCP server behind Belfry's session filter.
 *
 * <p>The official Java SDK's stateless transport answers the requests, and knows neither sessions
 * nor other replicas. Sessions come from the filter, and the tool list from a table that all
 * replicas share, so that any replica may answer any request.
 */
package dev.belfry.demo.mcp;
