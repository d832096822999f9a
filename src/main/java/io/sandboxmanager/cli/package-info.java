@NullMarked
package io.sandboxmanager.cli;

import org.jspecify.annotations.NullMarked;
