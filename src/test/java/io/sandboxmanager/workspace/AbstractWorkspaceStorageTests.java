package io.sandboxmanager.workspace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.sandboxmanager.sandbox.InvalidSandboxRequestException;
import io.sandboxmanager.sandbox.SandboxId;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** What every storage of workspaces must do. */
public abstract class AbstractWorkspaceStorageTests {

	@TempDir
	protected Path temporary;

	protected WorkspaceStorage storage;

	/** A new storage with nothing in it. */
	protected abstract WorkspaceStorage create();

	@BeforeEach
	void createStorage() {
		this.storage = create();
	}

	@Test
	void whatWasKeptComesBack() throws Exception {
		Path work = folder("work");
		Files.writeString(Files.createDirectories(work.resolve("a/b")).resolve("note"), "text");
		Files.createSymbolicLink(work.resolve("link"), Path.of("/etc/passwd"));
		String key = this.storage.acceptKey("team/one");
		this.storage.persist(work, key);
		Path back = folder("back");
		this.storage.restore(key, back);
		assertThat(back.resolve("a/b/note")).hasContent("text");
		assertThat(Files.readSymbolicLink(back.resolve("link"))).isEqualTo(Path.of("/etc/passwd"));
		assertThat(back).isDirectoryNotContaining("glob:**/.*");
	}

	@Test
	void anAcceptedKeyIsAcceptedAgainAsItIs() {
		String key = this.storage.acceptKey("team/one");
		assertThat(this.storage.acceptKey(key)).isEqualTo(key);
		String own = this.storage.defaultKey(SandboxId.random().value()).orElseThrow();
		assertThat(this.storage.acceptKey(own)).isEqualTo(own);
	}

	@Test
	void aKeyWithNothingUnderItLeavesTheFolderAsItIs() throws Exception {
		Path target = folder("target");
		Files.writeString(target.resolve("mine"), "mine");
		this.storage.restore(this.storage.acceptKey("nothing"), target);
		assertThat(target.resolve("mine")).hasContent("mine");
	}

	@Test
	void restoredFilesReplaceTheirNamesakesAndLeaveTheOthers() throws Exception {
		String key = keep("key", "same", "kept");
		Path target = folder("target");
		Files.writeString(target.resolve("same"), "older");
		Files.writeString(target.resolve("other"), "other");
		this.storage.restore(key, target);
		assertThat(target.resolve("same")).hasContent("kept");
		assertThat(target.resolve("other")).hasContent("other");
	}

	@Test
	void whatIsKeptIsReplacedAsAWhole() throws Exception {
		keep("key", "first", "1");
		String key = keep("key", "second", "2");
		Path back = folder("back");
		this.storage.restore(key, back);
		assertThat(back.resolve("first")).doesNotExist();
		assertThat(back.resolve("second")).hasContent("2");
	}

	@Test
	void filesThatCannotBeReadLeaveWhatIsKept() throws Exception {
		String key = keep("key", "file", "kept");
		assertThatExceptionOfType(WorkspaceException.class)
			.isThrownBy(() -> this.storage.persist(this.temporary.resolve("absent"), key));
		Path back = folder("back");
		this.storage.restore(key, back);
		assertThat(back.resolve("file")).hasContent("kept");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", ".", "..", "../x", "a/../..", "a/../../x", "/etc", "/", "a\0b" })
	void aKeyOutsideIsRefused(String key) {
		assertThatExceptionOfType(InvalidSandboxRequestException.class).isThrownBy(() -> this.storage.acceptKey(key));
	}

	@Test
	void writersOfOneKeyAtOnceLeaveTheFilesOfOneOfThem() throws Exception {
		ExecutorService writers = Executors.newFixedThreadPool(4);
		try {
			List<Future<?>> ends = new ArrayList<>();
			for (int i = 0; i < 40; i++) {
				String text = Integer.toString(i);
				ends.add(writers.submit(() -> keep("key", "file", text)));
			}
			for (Future<?> end : ends) {
				end.get();
			}
		}
		finally {
			writers.shutdownNow();
		}
		Path back = folder("back");
		this.storage.restore(this.storage.acceptKey("key"), back);
		assertThat(Files.readString(back.resolve("file"))).matches("\\d+");
	}

	/** Keeps one file under a key. */
	protected final String keep(String key, String file, String text) throws IOException {
		Path work = Files.createTempDirectory(this.temporary, "work");
		Files.writeString(work.resolve(file), text);
		String accepted = this.storage.acceptKey(key);
		this.storage.persist(work, accepted);
		return accepted;
	}

	protected final Path folder(String name) throws IOException {
		return Files.createDirectories(this.temporary.resolve(name));
	}

}
