@NullMarked
package io.sandboxmanager.security;

import org.jspecify.annotations.NullMarked;
