/** Lists and deletes sessions: what an administrator's page would do. */
package dev.belfry.demo.sessions;
