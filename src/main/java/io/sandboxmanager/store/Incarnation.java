package io.sandboxmanager.store;

import java.time.Instant;

/**
 * What keeps the state. It is another one after a restart or a failover, when the last
 * steps may be lost, and after all was lost.
 *
 * @param name of this one and no other
 * @param since when it was first seen; what is older than that and not recorded may have
 * been recorded before
 */
public record Incarnation(String name, Instant since) {
}
