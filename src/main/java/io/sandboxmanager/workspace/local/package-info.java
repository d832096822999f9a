@NullMarked
package io.sandboxmanager.workspace.local;

import org.jspecify.annotations.NullMarked;
