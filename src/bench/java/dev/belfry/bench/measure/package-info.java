/** What all measurements have in common: rounds by turns, figures with their spread, goals. */
package dev.belfry.bench.measure;
