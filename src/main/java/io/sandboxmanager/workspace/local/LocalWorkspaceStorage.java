package io.sandboxmanager.workspace.local;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.InvalidSandboxRequestException;
import io.sandboxmanager.sandbox.Sleeper;
import io.sandboxmanager.workspace.FileTree;
import io.sandboxmanager.workspace.PathGuard;
import io.sandboxmanager.workspace.WorkspaceException;
import io.sandboxmanager.workspace.WorkspaceStorage;

/**
 * Keeps workspaces in folders below {@code STORAGE_FOLDER}. A key is such a folder's
 * path; no other path of the server can be named.
 */
public final class LocalWorkspaceStorage implements WorkspaceStorage {

	private static final int LOCKS = 64;

	/** Below the root; its bytes are what servers lock, one for some of the keys. */
	static final String LOCK_FILE = ".sandbox-manager.lock";

	private static final Duration LOCK_PAUSE = Duration.ofMillis(50);

	private static final Duration LOCK_LIMIT = Duration.ofMinutes(5);

	private final @Nullable Path root;

	private final Sleeper sleeper;

	private final List<Lock> locks = Stream.<Lock>generate(ReentrantLock::new).limit(LOCKS).toList();

	/** Open for good: closing any channel to a file ends all locks of a server on it. */
	private @Nullable FileChannel lockFile;

	/**
	 * Creates a storage.
	 * @param root the folder, or {@code null} when nothing is kept
	 */
	public LocalWorkspaceStorage(@Nullable Path root, Sleeper sleeper) {
		this.sleeper = sleeper;
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
				if (isReserved(this.root.relativize(folder))) {
					throw new InvalidSandboxRequestException(
							"storage_path has a name like .x.new or .x.old, or " + LOCK_FILE);
				}
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
		alone(kept, () -> {
			recover(kept);
			if (Files.isDirectory(kept, LinkOption.NOFOLLOW_LINKS)) {
				FolderMerge.merge(kept, target);
			}
		}, "files of " + kept + " cannot be brought to " + target);
	}

	@Override
	public void persist(Path source, String key) {
		Path kept = Path.of(acceptKey(key));
		alone(kept, () -> {
			Files.createDirectories(kept.getParent());
			recover(kept);
			try {
				FileTree.copy(source, fresh(kept));
				replace(kept);
			}
			catch (IOException ex) {
				recoverAfter(ex, kept);
				throw ex;
			}
		}, "files of " + source + " cannot be kept in " + kept);
	}

	/**
	 * Two writers of one key do not meet, be they in this server or in others on the same
	 * folder. The lock of one that was killed is free.
	 */
	private void alone(Path kept, Work work, String failure) {
		Path root = Objects.requireNonNull(this.root);
		int number = Math.floorMod(root.relativize(kept).toString().hashCode(), LOCKS);
		Lock here = this.locks.get(number);
		here.lock();
		try (FileLock everywhere = lockEverywhere(root, number)) {
			work.run();
		}
		catch (IOException ex) {
			throw new WorkspaceException(failure + ": " + ex, ex);
		}
		finally {
			here.unlock();
		}
	}

	/**
	 * Asks again and again. Whoever lets the system wait may be told of a deadlock where
	 * there is none: it takes all threads of a server for one.
	 */
	private FileLock lockEverywhere(Path root, int number) throws IOException {
		FileChannel file = lockFile(root);
		for (Duration waited = Duration.ZERO; waited.compareTo(LOCK_LIMIT) < 0; waited = waited.plus(LOCK_PAUSE)) {
			FileLock lock = file.tryLock(number, 1, false);
			if (lock != null) {
				return lock;
			}
			pause();
		}
		throw new IOException("another server has been at it for " + LOCK_LIMIT + "; try again");
	}

	private void pause() throws InterruptedIOException {
		try {
			this.sleeper.sleep(LOCK_PAUSE);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("interrupted while another server was at it");
		}
	}

	private synchronized FileChannel lockFile(Path root) throws IOException {
		FileChannel file = this.lockFile;
		if (file == null) {
			Files.createDirectories(root);
			file = FileChannel.open(root.resolve(LOCK_FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
			this.lockFile = file;
		}
		return file;
	}

	/**
	 * Puts the fresh files in the place of those that are kept. Between the two renames
	 * the key is missing; {@link #recover} knows what to do about that.
	 */
	private static void replace(Path kept) throws IOException {
		if (Files.exists(kept, LinkOption.NOFOLLOW_LINKS)) {
			Files.move(kept, old(kept), StandardCopyOption.ATOMIC_MOVE);
		}
		Files.move(fresh(kept), kept, StandardCopyOption.ATOMIC_MOVE);
		FileTree.remove(old(kept));
	}

	/** Undoes what a writer began that was killed or has failed. */
	private static void recover(Path kept) throws IOException {
		Path old = old(kept);
		if (Files.exists(old, LinkOption.NOFOLLOW_LINKS)) {
			if (Files.exists(kept, LinkOption.NOFOLLOW_LINKS)) {
				FileTree.remove(old);
			}
			else {
				Files.move(old, kept, StandardCopyOption.ATOMIC_MOVE);
			}
		}
		FileTree.remove(fresh(kept));
	}

	private static void recoverAfter(IOException failure, Path kept) {
		try {
			recover(kept);
		}
		catch (IOException ex) {
			failure.addSuppressed(ex); // whoever comes next does it
		}
	}

	private static Path fresh(Path kept) {
		return kept.resolveSibling("." + kept.getFileName() + ".new");
	}

	private static Path old(Path kept) {
		return kept.resolveSibling("." + kept.getFileName() + ".old");
	}

	/** Whether a path has a name that is used while files are replaced. */
	private static boolean isReserved(Path path) {
		return StreamSupport.stream(path.spliterator(), false)
			.map(Path::toString)
			.anyMatch((name) -> name.equals(LOCK_FILE)
					|| (name.startsWith(".") && (name.endsWith(".new") || name.endsWith(".old"))));
	}

	@FunctionalInterface
	private interface Work {

		void run() throws IOException;

	}

}
