package io.sandboxmanager.workspace;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.sandbox.InvalidSandboxRequestException;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.workspace.FolderJournal.Note;

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

	/** Where they are. */
	public Path root() {
		return this.root;
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
		Path folder = parse(wanted);
		if (allowedRoots().stream().noneMatch((allowed) -> PathGuard.isWithinWithoutLinks(folder, allowed))) {
			throw new InvalidSandboxRequestException("mount_dir must lie at or below one of "
					+ "ALLOWED_MOUNT_DIRS or else below DEFAULT_MOUNT_DIR, and not behind a link");
		}
		if (this.properties.allowedMountDirs().isEmpty() && isOfSandboxes(folder)) {
			throw new InvalidSandboxRequestException(
					"mount_dir must lie below DEFAULT_MOUNT_DIR and not in a sandbox's own folder");
		}
		return folder;
	}

	/**
	 * Makes a folder writable for a user, unless it is there: a caller's own, or the one
	 * of a sandbox that is replaced. A crash before {@link #settle} is found by
	 * {@link #discardAbandoned}.
	 * @return whether it was made; else it was there
	 * @throws InvalidSandboxRequestException see {@link #check}
	 * @throws WorkspaceException when it cannot be made
	 */
	public boolean prepare(SandboxId id, Path folder, long uid, long gid) {
		check(folder);
		if (Files.isDirectory(folder)) {
			return false;
		}
		this.journal.note(id, new Note(folder, false));
		try {
			makeRoot();
			Files.createDirectories(folder);
			giveTo(folder, uid, gid);
			return true;
		}
		catch (IOException ex) {
			throw new WorkspaceException("workspace folder " + folder + " cannot be made: " + ex, ex);
		}
	}

	/**
	 * What is in the folder of this sandbox now is a copy of what a storage keeps, so
	 * that {@link #discard} may remove it.
	 */
	public void noteRestored(SandboxId id) {
		this.journal.find(id)
			.filter((note) -> !isEmpty(note.folder()))
			.ifPresent((note) -> this.journal.note(id, new Note(note.folder(), true)));
	}

	/**
	 * Checks a folder that was chosen earlier and is about to be mounted by its name.
	 * @throws InvalidSandboxRequestException when it is not allowed any more, or a link
	 * has taken the place of a folder on its way
	 */
	public void check(Path folder) {
		if (!isAllowed(folder)) {
			throw new InvalidSandboxRequestException(
					"workspace folder " + folder + " lies behind a link or outside of what is allowed");
		}
	}

	/**
	 * The sandbox has come to its end in good order and was somebody's: the folder stays.
	 */
	public void settle(SandboxId id) {
		this.journal.forget(id);
	}

	/**
	 * Undoes {@link #prepare} for a sandbox that nobody was given: removes the folder if
	 * it was made for this sandbox and is empty or was filled from a storage. With other
	 * files in it, it stays.
	 */
	public void discard(SandboxId id) {
		this.journal.find(id).ifPresent((note) -> {
			if (note.restored() && isAllowed(note.folder())) {
				removeWithContent(note.folder());
			}
			else {
				removeIfEmpty(note.folder());
			}
		});
		this.journal.forget(id);
	}

	/**
	 * Removes the empty folders of all sandboxes of a server that is gone.
	 * @param inUse tells those that may have a container still: theirs are left
	 * @param used asked where there are others: the folders of all records, since one
	 * that is used again has its folder from before
	 */
	public void discardAbandoned(Predicate<SandboxId> inUse, Supplier<Set<Path>> used) {
		this.journal.discardDrafts();
		List<SandboxId> gone = this.journal.list().stream().filter(inUse.negate()).toList();
		if (!gone.isEmpty()) {
			Set<Path> left = used.get();
			gone.forEach((id) -> discardAbandoned(id, left));
		}
	}

	private void discardAbandoned(SandboxId gone, Set<Path> left) {
		Optional<Note> note = this.journal.find(gone);
		if (note.isPresent() && left.contains(note.get().folder())) {
			return;
		}
		note.ifPresent((made) -> removeIfEmpty(made.folder()));
		this.journal.forget(gone);
	}

	private static Path parse(String wanted) {
		try {
			return Path.of(wanted).toAbsolutePath().normalize();
		}
		catch (InvalidPathException ex) {
			throw new InvalidSandboxRequestException("mount_dir is not a path: " + ex.getReason());
		}
	}

	private List<Path> allowedRoots() {
		List<Path> allowed = this.properties.allowedMountDirs();
		return allowed.isEmpty() ? List.of(this.root)
				: allowed.stream().map((folder) -> folder.toAbsolutePath().normalize()).toList();
	}

	private boolean isAllowed(Path folder) {
		return PathGuard.isWithinWithoutLinks(folder, this.root)
				|| allowedRoots().stream().anyMatch((allowed) -> PathGuard.isWithinWithoutLinks(folder, allowed));
	}

	/** Whether a path is the root of all or belongs to one sandbox. */
	private boolean isOfSandboxes(Path folder) {
		return folder.equals(this.root) || SandboxId.isValid(this.root.relativize(folder).getName(0).toString());
	}

	/** Nobody but the server needs to list it; who has a folder in it must pass it. */
	private void makeRoot() throws IOException {
		if (Files.exists(this.root)) {
			return;
		}
		Path parent = this.root.getParent();
		if (parent != null) {
			Files.createDirectories(parent);
		}
		Files.createDirectories(this.root,
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx--x--x")));
	}

	private static boolean isEmpty(Path folder) {
		try (Stream<Path> entries = Files.list(folder)) {
			return entries.findAny().isEmpty();
		}
		catch (IOException ex) {
			throw new WorkspaceException("workspace folder " + folder + " cannot be read: " + ex, ex);
		}
	}

	private static void removeWithContent(Path folder) {
		try {
			FileTree.remove(folder);
		}
		catch (IOException ex) {
			logger.warn("{} was made for a sandbox that failed and cannot be removed: {}", folder, ex.toString());
		}
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
