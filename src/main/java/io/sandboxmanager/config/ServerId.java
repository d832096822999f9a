package io.sandboxmanager.config;

/**
 * What this server is called among those that share its state.
 *
 * @param value new at each start
 */
record ServerId(String value) {
}
