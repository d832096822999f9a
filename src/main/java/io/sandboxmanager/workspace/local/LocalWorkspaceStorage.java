package io.sandboxmanager.workspace.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;

import io.sandboxmanager.sandbox.InvalidSandboxRequestException;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.workspace.PathGuard;
import io.sandboxmanager.workspace.WorkspaceException;
import io.sandboxmanager.workspace.WorkspaceStorage;
import org.jspecify.annotations.Nullable;

/**
 * Keeps workspaces in folders below {@code STORAGE_FOLDER}. A key is such a folder's
 * path; no other path of the server can be named.
 */
public final class LocalWorkspaceStorage implements WorkspaceStorage {

	private final @Nullable Path root;

	/**
	 * Creates a storage.
	 * @param root the folder, or {@code null} when nothing is kept
	 */
	public LocalWorkspaceStorage(@Nullable Path root) {
		this.root = (root != null) ? root.toAbsolutePath().normalize() : null;
	}

	@Override
	public String acceptKey(String key) {
		if (this.root == null) {
			throw new InvalidSandboxRequestException("storage_path needs STORAGE_FOLDER, which is not set");
		}
		try {
			Path folder = this.root.resolve(key).normalize();
			if (!folder.equals(this.root) && PathGuard.isWithin(folder, this.root)) {
				return folder.toString();
			}
		}
		catch (InvalidPathException ex) {
			throw new InvalidSandboxRequestException("storage_path is not a path: " + ex.getReason());
		}
		throw new InvalidSandboxRequestException("storage_path must lie below STORAGE_FOLDER");
	}

	@Override
	public Optional<String> defaultKey(String sandboxId) {
		return Optional.ofNullable(this.root).map((folder) -> folder.resolve(sandboxId).toString());
	}

	@Override
	public void restore(String key, Path target) {
		Path kept = Path.of(acceptKey(key));
		if (!Files.isDirectory(kept, LinkOption.NOFOLLOW_LINKS)) {
			return;
		}
		try {
			FileTree.copy(kept, target);
		}
		catch (IOException ex) {
			throw new WorkspaceException("files of " + kept + " cannot be brought to " + target + ": " + ex, ex);
		}
	}

	@Override
	public void persist(Path source, String key) {
		Path kept = Path.of(acceptKey(key));
		Path fresh = kept.resolveSibling("." + kept.getFileName() + "." + SandboxId.random());
		try {
			Files.createDirectories(kept.getParent());
			FileTree.copy(source, fresh);
			replace(kept, fresh);
		}
		catch (IOException ex) {
			throw new WorkspaceException("files of " + source + " cannot be kept in " + kept + ": " + ex, ex);
		}
		finally {
			removeQuietly(fresh);
		}
	}

	/**
	 * Puts {@code fresh} in the place of {@code kept}; on failure the old one is back.
	 */
	private static void replace(Path kept, Path fresh) throws IOException {
		Path old = kept.resolveSibling(fresh.getFileName() + ".old");
		boolean existed = Files.exists(kept, LinkOption.NOFOLLOW_LINKS);
		if (existed) {
			Files.move(kept, old, StandardCopyOption.ATOMIC_MOVE);
		}
		try {
			Files.move(fresh, kept, StandardCopyOption.ATOMIC_MOVE);
		}
		catch (IOException ex) {
			if (existed) {
				Files.move(old, kept, StandardCopyOption.ATOMIC_MOVE);
			}
			throw ex;
		}
		FileTree.remove(old);
	}

	private static void removeQuietly(Path folder) {
		try {
			FileTree.remove(folder);
		}
		catch (IOException ex) {
			throw new WorkspaceException("temporary folder " + folder + " cannot be removed: " + ex, ex);
		}
	}

}
