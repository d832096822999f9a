@NullMarked
package io.sandboxmanager.observe;

import org.jspecify.annotations.NullMarked;
