/**
 * The server as its users have it: the jar as a process, on a real Docker engine.
 */
@NullMarked
package io.sandboxmanager.system;

import org.jspecify.annotations.NullMarked;
