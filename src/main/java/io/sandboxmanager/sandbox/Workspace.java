package io.sandboxmanager.sandbox;

import org.jspecify.annotations.Nullable;

/**
 * The folder that a sandbox sees as {@code /workspace}.
 *
 * @param directory absolute path on the server, or {@code null} where the backend keeps
 * it elsewhere
 * @param storagePath where its files are brought from and carried back to, if anywhere
 */
public record Workspace(@Nullable String directory, @Nullable String storagePath) {
}
