/**
 * An MCP server that has all the tools, resources and prompts that the protocol's official
 * conformance suite asks for, of revision 2025-11-25 and of 2026-07-28, behind Belfry's filter; and
 * the run of that suite.
 *
 * <p>What needs memory beyond a request is in the session, and what clients are to hear goes
 * through the broadcaster: any replica can answer any request.
 */
package dev.belfry.conformance;
