@NullMarked
package io.sandboxmanager.backend.docker;

import org.jspecify.annotations.NullMarked;
