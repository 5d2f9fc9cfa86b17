/**
 * Belfry's settings: read once from MicroProfile Config, validated together, immutable afterwards.
 *
 * <p>{@link dev.belfry.config.Setting} is the list of them all.
 */
package dev.belfry.config;
