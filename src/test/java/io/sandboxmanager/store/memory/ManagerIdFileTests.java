package io.sandboxmanager.store.memory;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.sandbox.StateUnavailableException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ManagerIdFileTests {

	@TempDir
	private Path folder;

	@Test
	void anIdLastsOverRestarts() {
		String first;
		try (ManagerIdFile file = ManagerIdFile.take(this.folder)) {
			first = file.id();
		}
		try (ManagerIdFile file = ManagerIdFile.take(this.folder)) {
			assertThat(file.id()).isEqualTo(first);
		}
	}

	@Test
	void twoServersOnOneFolderHaveTwoIds() {
		try (ManagerIdFile one = ManagerIdFile.take(this.folder);
				ManagerIdFile other = ManagerIdFile.take(this.folder)) {
			assertThat(one.id()).isNotEqualTo(other.id());
		}
	}

	@Test
	void aFileThatWasCutShortIsWrittenAnew() throws Exception {
		Files.writeString(this.folder.resolve("manager-1.id"), "half");
		try (ManagerIdFile file = ManagerIdFile.take(this.folder)) {
			assertThat(file.id()).hasSize(25);
		}
		assertThat(Files.readString(this.folder.resolve("manager-1.id"))).hasSize(26);
	}

	@Test
	void aFolderThatCannotBeWrittenIsNamed() throws Exception {
		Path file = Files.createFile(this.folder.resolve("file"));
		assertThatExceptionOfType(StateUnavailableException.class).isThrownBy(() -> ManagerIdFile.take(file))
			.withMessageContaining("STATE_DIR");
	}

}
