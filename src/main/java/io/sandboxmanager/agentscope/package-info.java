@NullMarked
package io.sandboxmanager.agentscope;

import org.jspecify.annotations.NullMarked;
