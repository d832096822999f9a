@NullMarked
package io.sandboxmanager.provisioning;

import org.jspecify.annotations.NullMarked;
