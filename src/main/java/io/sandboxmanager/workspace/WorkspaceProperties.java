package io.sandboxmanager.workspace;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * Where the files of sandboxes are.
 *
 * @param mountDir folder of the workspaces; each sandbox gets one below it
 * @param mountDirOnHost the same folder as the engine's host sees it, when the server
 * runs in a container and cannot find out by itself
 * @param allowMountDir whether a caller may name the folder itself
 * @param allowedMountDirs folders at or below which a caller's folder must lie; empty
 * means only below {@code mountDir}
 * @param readonlyMounts folders of the host that every sandbox sees: host path to path
 * inside
 * @param storageFolder where workspaces are brought from and carried back to, if anywhere
 * @param stateDir where the server keeps what must outlive it
 */
@ConfigurationProperties("sandbox-manager.workspace")
public record WorkspaceProperties(@DefaultValue("sessions_mount_dir") Path mountDir, @Nullable String mountDirOnHost,
		@DefaultValue("false") boolean allowMountDir, @DefaultValue List<Path> allowedMountDirs,
		@DefaultValue Map<String, String> readonlyMounts, @Nullable Path storageFolder,
		@DefaultValue(".sandbox-manager") Path stateDir) {
}
