@NullMarked
package io.sandboxmanager.pool;

import org.jspecify.annotations.NullMarked;
