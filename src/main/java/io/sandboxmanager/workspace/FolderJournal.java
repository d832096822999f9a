package io.sandboxmanager.workspace;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import io.sandboxmanager.sandbox.SandboxId;

/**
 * Notes which folders were made for sandboxes that are not gone, one file for each, so
 * that they are found after a crash even though no record and no container tells of them.
 */
class FolderJournal {

	/** Stands before the path, which is absolute. */
	private static final String RESTORED = "restored ";

	/** What a note is called while it is written. */
	private static final String DRAFT = ".";

	private final Path directory;

	FolderJournal(Path directory) {
		this.directory = directory;
	}

	/**
	 * What is noted.
	 *
	 * @param folder the folder that was made
	 * @param restored whether what is in it is a copy of what a storage keeps
	 */
	record Note(Path folder, boolean restored) {

	}

	void note(SandboxId id, Note note) {
		Path draft = this.directory.resolve(DRAFT + id);
		try {
			Files.createDirectories(this.directory);
			Files.writeString(draft, (note.restored() ? RESTORED : "") + note.folder());
			Files.move(draft, entry(id), StandardCopyOption.ATOMIC_MOVE);
		}
		catch (IOException ex) {
			throw failure(ex);
		}
	}

	void forget(SandboxId id) {
		try {
			Files.deleteIfExists(entry(id));
		}
		catch (IOException ex) {
			throw failure(ex);
		}
	}

	Optional<Note> find(SandboxId id) {
		try {
			String text = Files.readString(entry(id));
			boolean restored = text.startsWith(RESTORED);
			String folder = restored ? text.substring(RESTORED.length()) : text;
			return folder.isEmpty() ? Optional.empty() : Optional.of(new Note(Path.of(folder), restored));
		}
		catch (NoSuchFileException ex) {
			return Optional.empty();
		}
		catch (IOException ex) {
			throw failure(ex);
		}
	}

	List<SandboxId> list() {
		if (!Files.isDirectory(this.directory)) {
			return List.of();
		}
		try (Stream<Path> entries = Files.list(this.directory)) {
			return entries.map((entry) -> entry.getFileName().toString())
				.filter(SandboxId::isValid)
				.map(SandboxId::new)
				.toList();
		}
		catch (IOException ex) {
			throw failure(ex);
		}
	}

	/**
	 * Removes what was being noted when the server crashed: nothing was made for it yet.
	 * Nobody may note anything meanwhile.
	 */
	void discardDrafts() {
		if (!Files.isDirectory(this.directory)) {
			return;
		}
		try (DirectoryStream<Path> drafts = Files.newDirectoryStream(this.directory, DRAFT + "*")) {
			for (Path draft : drafts) {
				Files.deleteIfExists(draft);
			}
		}
		catch (IOException ex) {
			throw failure(ex);
		}
	}

	private WorkspaceException failure(IOException cause) {
		return new WorkspaceException("notes in " + this.directory + ", below STATE_DIR, cannot be used: " + cause,
				cause);
	}

	private Path entry(SandboxId id) {
		return this.directory.resolve(id.value());
	}

}
