@NullMarked
package io.sandboxmanager.template;

import org.jspecify.annotations.NullMarked;
