@NullMarked
package io.sandboxmanager.runtime;

import org.jspecify.annotations.NullMarked;
