package io.sandboxmanager.workspace;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

import io.sandboxmanager.sandbox.InvalidSandboxRequestException;
import io.sandboxmanager.sandbox.SandboxId;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folders on this server that sandboxes see as {@code /workspace}. Each is made for
 * the user of the sandbox's image, and kept after the sandbox: it is its owner's work.
 */
public final class WorkspaceFolders {

	private static final Logger logger = LoggerFactory.getLogger(WorkspaceFolders.class);

	private final WorkspaceProperties properties;

	private final Path root;

	private final FolderJournal journal;

	/**
	 * Creates the folders' keeper.
	 * @param journalDir where it is noted what was made for which sandbox
	 */
	public WorkspaceFolders(WorkspaceProperties properties, Path journalDir) {
		this.properties = properties;
		this.root = properties.mountDir().toAbsolutePath().normalize();
		this.journal = new FolderJournal(journalDir);
	}

	/**
	 * The folder for a sandbox. Nothing is made yet.
	 * @param wanted the caller's own choice, ignored unless callers may choose
	 * @throws InvalidSandboxRequestException when callers may choose, but not this one
	 */
	public Path choose(SandboxId id, @Nullable String wanted) {
		if (wanted == null || !this.properties.allowMountDir()) {
			return this.root.resolve(id.value());
		}
		try {
			Path folder = Path.of(wanted).toAbsolutePath().normalize();
			if (allowedRoots().stream()
				.anyMatch((allowed) -> PathGuard.isWithin(folder, allowed.toAbsolutePath().normalize()))) {
				return folder;
			}
		}
		catch (InvalidPathException ex) {
			throw new InvalidSandboxRequestException("mount_dir is not a path: " + ex.getReason());
		}
		throw new InvalidSandboxRequestException("mount_dir must lie at or below one of ALLOWED_MOUNT_DIRS");
	}

	/**
	 * Makes a folder writable for a user, unless it is there: a caller's own, or the one
	 * of a sandbox that is replaced. A crash before {@link #settle} is found by
	 * {@link #discardAbandoned}.
	 * @return whether it was made; else it was there
	 * @throws WorkspaceException when it cannot be made
	 */
	public boolean prepare(SandboxId id, Path folder, long uid, long gid) {
		if (Files.isDirectory(folder)) {
			return false;
		}
		try {
			this.journal.note(id, folder);
			Files.createDirectories(folder);
			giveTo(folder, uid, gid);
			return true;
		}
		catch (IOException ex) {
			throw new WorkspaceException("workspace folder " + folder + " cannot be made: " + ex, ex);
		}
	}

	/**
	 * The sandbox has come to its end in good order and was somebody's: the folder stays.
	 */
	public void settle(SandboxId id) {
		this.journal.forget(id);
	}

	/**
	 * Undoes {@link #prepare}: removes the folder if it was made for this sandbox and is
	 * empty. With files in it, it stays.
	 */
	public void discard(SandboxId id) {
		this.journal.find(id).ifPresent((folder) -> {
			removeIfEmpty(folder);
			this.journal.forget(id);
		});
	}

	/**
	 * Does the same for all sandboxes of a server that is gone. None of them may have a
	 * container any more.
	 */
	public void discardAbandoned() {
		for (SandboxId id : this.journal.list()) {
			discard(id);
		}
	}

	private List<Path> allowedRoots() {
		return this.properties.allowedMountDirs().isEmpty() ? List.of(this.root) : this.properties.allowedMountDirs();
	}

	private static void giveTo(Path folder, long uid, long gid) throws IOException {
		if (isOurs(folder, uid)) {
			return;
		}
		try {
			Files.setAttribute(folder, "unix:gid", (int) gid);
			Files.setAttribute(folder, "unix:uid", (int) uid);
		}
		catch (IOException ex) {
			logger.debug("{} is opened to everybody, since it cannot be given to uid {}", folder, uid, ex);
			Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
		}
	}

	private static boolean isOurs(Path folder, long uid) throws IOException {
		return ((Integer) Files.getAttribute(folder, "unix:uid")).longValue() == uid;
	}

	private static void removeIfEmpty(Path folder) {
		try {
			Files.deleteIfExists(folder);
		}
		catch (DirectoryNotEmptyException ex) {
			logger.info("{} was made for a sandbox that is gone; it is kept because it has files", folder);
		}
		catch (IOException ex) {
			logger.warn("{} was made for a sandbox that is gone and cannot be removed: {}", folder, ex.toString());
		}
	}

}
