@NullMarked
package io.sandboxmanager.lifecycle;

import org.jspecify.annotations.NullMarked;
