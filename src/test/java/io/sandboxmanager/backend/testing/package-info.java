/**
 * Stand-ins for container engines, for the tests of whoever uses
 * {@link io.sandboxmanager.backend.ContainerBackend}.
 */
@NullMarked
package io.sandboxmanager.backend.testing;

import org.jspecify.annotations.NullMarked;
