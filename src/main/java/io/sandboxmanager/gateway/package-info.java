@NullMarked
package io.sandboxmanager.gateway;

import org.jspecify.annotations.NullMarked;
