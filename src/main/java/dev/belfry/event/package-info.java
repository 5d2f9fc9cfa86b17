/**
 * What an event is and how it reaches every subscriber of every replica.
 *
 * <p>{@link dev.belfry.event.Broadcaster} is the contract; {@link dev.belfry.event.LocalFanout}
 * brings an event to the subscribers of one replica, and {@link dev.belfry.event.MemoryBroadcaster}
 * is that alone. Plain Java: no Jakarta EE API but {@code jakarta.json}.
 */
package dev.belfry.event;
