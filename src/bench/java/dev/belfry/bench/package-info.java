/**
 * Measures Belfry on this machine, part by part, and says what of its goals is met: {@code mvn
 * -Pbench}. Needs Linux, whose {@code /proc} it reads.
 */
package dev.belfry.bench;
