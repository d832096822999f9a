@NullMarked
package io.sandboxmanager.workspace;

import org.jspecify.annotations.NullMarked;
