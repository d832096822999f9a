package io.sandboxmanager.workspace.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.sandboxmanager.sandbox.InvalidSandboxRequestException;
import io.sandboxmanager.sandbox.Sleeper;
import io.sandboxmanager.workspace.AbstractWorkspaceStorageTests;
import io.sandboxmanager.workspace.WorkspaceException;
import io.sandboxmanager.workspace.WorkspaceStorage;

import static java.nio.file.attribute.PosixFilePermission.OTHERS_WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

class LocalWorkspaceStorageTests extends AbstractWorkspaceStorageTests {

	@Override
	protected WorkspaceStorage create() {
		return new LocalWorkspaceStorage(root(), Sleeper.system());
	}

	@Test
	void withoutAFolderNothingIsKept() {
		WorkspaceStorage none = new LocalWorkspaceStorage(null, Sleeper.system());
		assertThat(none.defaultKey("x")).isEmpty();
		assertThatExceptionOfType(InvalidSandboxRequestException.class).isThrownBy(() -> none.acceptKey("x"))
			.withMessageContaining("STORAGE_FOLDER");
	}

	@Test
	void aKeyThatLeadsOutByALinkIsRefused() throws Exception {
		Files.createDirectories(root());
		Files.createSymbolicLink(root().resolve("out"), folder("elsewhere"));
		Files.createSymbolicLink(root().resolve("nowhere"), Path.of("/not/there"));
		for (String key : List.of("out", "out/x", "nowhere", "nowhere/x")) {
			assertThatExceptionOfType(InvalidSandboxRequestException.class)
				.isThrownBy(() -> this.storage.acceptKey(key));
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { ".a.new", ".a.old", "x/.a.old", ".a.new/x", ".sandbox-manager.lock" })
	void aKeyWithANameThatReplacingUsesIsRefused(String key) {
		assertThatExceptionOfType(InvalidSandboxRequestException.class).isThrownBy(() -> this.storage.acceptKey(key));
	}

	@Test
	void nothingButTheKeyIsLeft() throws Exception {
		keep("key", "file", "1");
		keep("key", "file", "2");
		assertThat(namesIn(root())).containsExactly("key");
	}

	@Test
	void whileAnotherServerIsAtTheFilesNobodyElseIs() throws Exception {
		String key = keep("key", "file", "1");
		Path newer = folder("newer");
		Files.writeString(newer.resolve("file"), "2");
		try (LockHolder another = new LockHolder(root().resolve(LocalWorkspaceStorage.LOCK_FILE))) {
			CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> this.storage.persist(newer, key));
			assertThatExceptionOfType(TimeoutException.class).isThrownBy(() -> writer.get(500, TimeUnit.MILLISECONDS));
			another.kill();
			writer.get(10, TimeUnit.SECONDS);
		}
		assertThat(root().resolve("key/file")).hasContent("2");
	}

	@Test
	void restoredFoldersBelongToTheOwnerOfTheTarget() throws Exception {
		Path work = folder("work");
		Files.writeString(Files.createDirectories(work.resolve("sub")).resolve("file"), "");
		Path outside = Files.writeString(this.temporary.resolve("outside"), "");
		Files.createSymbolicLink(work.resolve("sub/link"), outside);
		this.storage.persist(work, this.storage.acceptKey("key"));
		Path target = folder("target");
		assumeThat(uid(target)).as("only root may give files away").isEqualTo(0);
		Files.setAttribute(target, "unix:uid", 4711);
		Files.setAttribute(target, "unix:gid", 4712);
		this.storage.restore(this.storage.acceptKey("key"), target);
		for (String entry : List.of("sub", "sub/file")) {
			assertThat(uid(target.resolve(entry))).isEqualTo(4711);
			assertThat(Files.getAttribute(target.resolve(entry), "unix:gid")).isEqualTo(4712);
		}
		assertThat(uid(outside)).isEqualTo(0);
	}

	@Test
	void restoredFoldersAreOpenToEverybodyWhereTheTargetIs() throws Exception {
		Path work = folder("work");
		Files.writeString(Files.createDirectories(work.resolve("sub")).resolve("file"), "");
		Files.setPosixFilePermissions(work.resolve("sub"), PosixFilePermissions.fromString("rwx------"));
		this.storage.persist(work, this.storage.acceptKey("key"));
		Path target = folder("target");
		Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxrwxrwx"));
		this.storage.restore(this.storage.acceptKey("key"), target);
		assertThat(Files.getPosixFilePermissions(target.resolve("sub")))
			.isEqualTo(PosixFilePermissions.fromString("rwxrwxrwx"));
		assertThat(Files.getPosixFilePermissions(target.resolve("sub/file"))).contains(OTHERS_WRITE);
	}

	@Test
	void aRestoreThatFailsLeavesTheTargetAsItWas() throws Exception {
		String key = keep("key", "n".repeat(200), "kept");
		Path target = folder("target");
		while (target.toString().length() + 201 < 4000) {
			target = Files.createDirectory(target.resolve("d".repeat(200)));
		}
		target = Files.createDirectory(target.resolve("d".repeat(4000 - target.toString().length())));
		Files.writeString(target.resolve("mine"), "mine");
		Path tooDeep = target;
		assertThatExceptionOfType(WorkspaceException.class).isThrownBy(() -> this.storage.restore(key, tooDeep));
		assertThat(namesIn(target)).containsExactly("mine");
		assertThat(target.resolve("mine")).hasContent("mine");
	}

	@Test
	void aKeptNameOfTheStageDoesNotHinderARestore() throws Exception {
		String key = keep("key", "file", "kept");
		Files.createDirectory(root().resolve("key").resolve(FolderMerge.STAGE));
		Path target = folder("target");
		this.storage.restore(key, target);
		assertThat(namesIn(target)).containsExactly("file");
	}

	@Test
	void whatARestoreLeftThatWasKilledIsRemoved() throws Exception {
		String key = keep("key", "file", "kept");
		Path target = folder("target");
		Files.writeString(Files.createDirectories(target.resolve(FolderMerge.STAGE + "/fresh")).resolve("half"), "");
		this.storage.restore(key, target);
		assertThat(namesIn(target)).containsExactly("file");
	}

	/** A writer makes {@code .key.new}, then has {@code .key.old}, then the key again. */
	@Nested
	class AfterAWriterWasKilled {

		@Test
		void betweenTheRenamesTheOldFilesAreRestored() throws Exception {
			String key = killedBetweenTheRenames();
			Path back = folder("back");
			LocalWorkspaceStorageTests.this.storage.restore(key, back);
			assertThat(back.resolve("file")).hasContent("old");
			assertThat(namesIn(root())).containsExactly("key");
		}

		@Test
		void betweenTheRenamesTheNextWriterThatFailsHasTheOldFilesBack() throws Exception {
			String key = killedBetweenTheRenames();
			assertThatExceptionOfType(WorkspaceException.class).isThrownBy(
					() -> LocalWorkspaceStorageTests.this.storage.persist(root().resolveSibling("absent"), key));
			assertThat(root().resolve("key/file")).hasContent("old");
			assertThat(namesIn(root())).containsExactly("key");
		}

		@Test
		void whileItCopiedItsHalfIsForgotten() throws Exception {
			keep("key", "file", "old");
			Files.writeString(folder("storage/.key.new").resolve("half"), "");
			keep("key", "file", "new");
			assertThat(namesIn(root().resolve("key"))).containsExactly("file");
			assertThat(namesIn(root())).containsExactly("key");
		}

		@Test
		void afterTheRenamesTheNewFilesStay() throws Exception {
			String key = keep("key", "file", "new");
			Files.writeString(folder("storage/.key.old").resolve("file"), "old");
			Path back = folder("back");
			LocalWorkspaceStorageTests.this.storage.restore(key, back);
			assertThat(back.resolve("file")).hasContent("new");
			assertThat(namesIn(root())).containsExactly("key");
		}

		private String killedBetweenTheRenames() throws IOException {
			String key = keep("key", "file", "old");
			Files.move(root().resolve("key"), root().resolve(".key.old"));
			Files.writeString(folder("storage/.key.new").resolve("file"), "new");
			return key;
		}

	}

	private Path root() {
		return this.temporary.resolve("storage");
	}

	private static Object uid(Path path) throws IOException {
		return Files.getAttribute(path, "unix:uid");
	}

	/** What is in a folder, but for what servers lock. */
	private static List<String> namesIn(Path folder) throws IOException {
		try (Stream<Path> entries = Files.list(folder)) {
			return entries.map((entry) -> entry.getFileName().toString())
				.filter((name) -> !name.equals(LocalWorkspaceStorage.LOCK_FILE))
				.sorted()
				.toList();
		}
	}

}
