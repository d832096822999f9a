@NullMarked
package io.sandboxmanager.maintenance;

import org.jspecify.annotations.NullMarked;
