@NullMarked
package io.sandboxmanager.store.redis;

import org.jspecify.annotations.NullMarked;
