@NullMarked
package io.sandboxmanager.store;

import org.jspecify.annotations.NullMarked;
