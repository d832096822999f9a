@NullMarked
package io.sandboxmanager.config;

import org.jspecify.annotations.NullMarked;
