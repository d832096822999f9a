@NullMarked
package io.sandboxmanager.sandbox;

import org.jspecify.annotations.NullMarked;
