@NullMarked
package io.sandboxmanager.backend.local;

import org.jspecify.annotations.NullMarked;
