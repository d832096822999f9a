package io.sandboxmanager.workspace.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

import io.sandboxmanager.workspace.FileTree;

/**
 * Brings the content of a folder into another one, wholly or not at all. It is copied
 * into a folder inside the target first, which is on the same file system even when the
 * target is a mount point; from there it is renamed into place, and each rename can be
 * taken back.
 */
final class FolderMerge {

	static final String STAGE = ".sandbox-manager-restore";

	private record Move(Path from, Path to) {

	}

	private final Path stage;

	private final Path fresh;

	private final Path displaced;

	private final Path target;

	private final Deque<Move> moves = new ArrayDeque<>();

	private FolderMerge(Path target) {
		this.target = target;
		this.stage = target.resolve(STAGE);
		this.fresh = this.stage.resolve("fresh");
		this.displaced = this.stage.resolve("displaced");
	}

	/** Afterwards whoever may use the target may use what was brought. */
	static void merge(Path source, Path target) throws IOException {
		new FolderMerge(target).run(source);
	}

	private void run(Path source) throws IOException {
		FileTree.remove(this.stage);
		try {
			Files.createDirectory(this.stage,
					PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
			Files.createDirectory(this.fresh);
			Files.createDirectory(this.displaced);
			FileTree.copy(source, this.fresh);
			FileTree.remove(this.fresh.resolve(STAGE)); // carried there after a crash
			FileTree.share(this.fresh, this.target);
			place(this.fresh, this.target);
		}
		catch (IOException | RuntimeException ex) {
			takeBack(ex);
			throw ex;
		}
		FileTree.remove(this.stage);
	}

	private void place(Path from, Path to) throws IOException {
		for (Path entry : entriesOf(from)) {
			Path place = to.resolve(entry.getFileName());
			if (isFolder(entry) && isFolder(place)) {
				place(entry, place);
				continue;
			}
			if (Files.exists(place, LinkOption.NOFOLLOW_LINKS)) {
				move(place, this.displaced.resolve(Integer.toString(this.moves.size())));
			}
			move(entry, place);
		}
	}

	private void move(Path from, Path to) throws IOException {
		Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
		this.moves.push(new Move(from, to));
	}

	/** If a rename cannot be taken back, what was displaced stays to be found by hand. */
	private void takeBack(Exception cause) {
		try {
			while (!this.moves.isEmpty()) {
				Move last = this.moves.pop();
				Files.move(last.to(), last.from(), StandardCopyOption.ATOMIC_MOVE);
			}
			FileTree.remove(this.stage);
		}
		catch (IOException ex) {
			cause.addSuppressed(ex);
		}
	}

	private static boolean isFolder(Path path) {
		return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
	}

	private static List<Path> entriesOf(Path folder) throws IOException {
		try (Stream<Path> entries = Files.list(folder)) {
			return entries.toList();
		}
	}

}
