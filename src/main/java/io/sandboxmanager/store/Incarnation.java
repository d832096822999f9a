package io.sandboxmanager.store;

/**
 * What keeps the state. Compare the one that is remembered with the one that is there.
 *
 * @param name another one after a restart or a failover, when the last steps may be lost
 * @param empty whether everything is lost: not even the servers' common id is there
 */
public record Incarnation(String name, boolean empty) {
}
