@NullMarked
package io.sandboxmanager.backend;

import org.jspecify.annotations.NullMarked;
