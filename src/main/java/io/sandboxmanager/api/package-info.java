/**
 * The server's own REST API, below {@code /api/v1}.
 */
@NullMarked
package io.sandboxmanager.api;

import org.jspecify.annotations.NullMarked;
