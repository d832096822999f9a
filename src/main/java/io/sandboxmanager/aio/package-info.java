@NullMarked
package io.sandboxmanager.aio;

import org.jspecify.annotations.NullMarked;
