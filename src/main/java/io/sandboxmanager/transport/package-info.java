@NullMarked
package io.sandboxmanager.transport;

import org.jspecify.annotations.NullMarked;
