/** The documentation's examples, compiled and run, and what it says, compared with the code. */
package dev.belfry.documentation;
