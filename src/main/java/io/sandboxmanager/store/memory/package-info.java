@NullMarked
package io.sandboxmanager.store.memory;

import org.jspecify.annotations.NullMarked;
