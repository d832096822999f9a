package io.sandboxmanager.workspace;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

import io.sandboxmanager.sandbox.SandboxId;

/**
 * Notes which folders were made for sandboxes that are not gone, one file for each, so
 * that they are found after a crash even though no record and no container tells of them.
 */
class FolderJournal {

	private final Path directory;

	FolderJournal(Path directory) {
		this.directory = directory;
	}

	void note(SandboxId id, Path folder) throws IOException {
		Files.createDirectories(this.directory);
		Files.writeString(entry(id), folder.toString());
	}

	void forget(SandboxId id) {
		try {
			Files.deleteIfExists(entry(id));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	Optional<Path> find(SandboxId id) {
		try {
			String folder = Files.readString(entry(id));
			return folder.isEmpty() ? Optional.empty() : Optional.of(Path.of(folder));
		}
		catch (NoSuchFileException ex) {
			return Optional.empty();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
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
			throw new UncheckedIOException(ex);
		}
	}

	private Path entry(SandboxId id) {
		return this.directory.resolve(id.value());
	}

}
