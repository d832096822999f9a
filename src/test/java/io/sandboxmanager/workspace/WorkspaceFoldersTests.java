package io.sandboxmanager.workspace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.sandbox.InvalidSandboxRequestException;
import io.sandboxmanager.sandbox.SandboxId;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class WorkspaceFoldersTests {

	private final SandboxId id = SandboxId.random();

	@TempDir
	Path temporary;

	private Path root;

	private Path state;

	private WorkspaceFolders folders;

	@BeforeEach
	void create() {
		this.root = this.temporary.resolve("root");
		this.state = this.temporary.resolve("state");
		this.folders = folders(true, List.of());
	}

	@Test
	void withoutPermissionTheCallersChoiceIsIgnored() {
		assertThat(folders(false, List.of()).choose(this.id, "/etc")).isEqualTo(this.root.resolve(this.id.value()));
	}

	@Test
	void aCallersFolderLiesBelowTheRoot() {
		Path shared = this.root.resolve("shared/a");
		assertThat(this.folders.choose(this.id, shared.toString())).isEqualTo(shared);
		refuses(this.root);
		refuses(this.root.resolve("shared/.."));
		refuses(this.root.resolve("../outside"));
		refuses(this.temporary);
		refuses(Path.of("/"));
	}

	@Test
	void aSandboxsOwnFolderCannotBeChosen() {
		Path other = this.root.resolve(SandboxId.random().value());
		refuses(other);
		refuses(other.resolve("inside"));
	}

	@Test
	void aFolderBehindALinkCannotBeChosen() throws Exception {
		Path other = Files.createDirectories(this.root.resolve(SandboxId.random().value()));
		Files.createSymbolicLink(this.root.resolve("link"), other);
		refuses(this.root.resolve("link"));
		refuses(this.root.resolve("link/inside"));
	}

	@Test
	void withAnAllowListThatAloneDecides() {
		Path allowed = this.temporary.resolve("allowed");
		WorkspaceFolders listed = folders(true, List.of(allowed));
		assertThat(listed.choose(this.id, allowed.toString())).isEqualTo(allowed);
		assertThatExceptionOfType(InvalidSandboxRequestException.class)
			.isThrownBy(() -> listed.choose(this.id, this.root.resolve("shared").toString()));
	}

	@Test
	void aLinkThatWasSwappedInIsRefusedBeforeTheStart() throws Exception {
		Path folder = this.folders.choose(this.id, this.root.resolve("shared/a").toString());
		Files.createDirectories(this.root);
		Files.createSymbolicLink(this.root.resolve("shared"), this.temporary);
		assertThatExceptionOfType(InvalidSandboxRequestException.class)
			.isThrownBy(() -> this.folders.prepare(this.id, folder, 0, 0));
		assertThat(this.temporary.resolve("a")).doesNotExist();
	}

	@Test
	void theRootCannotBeListedByOthers() throws Exception {
		prepare();
		assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(this.root))).isEqualTo("rwx--x--x");
	}

	@Test
	void whatWasMadeIsDiscardedWhenItIsEmpty() throws Exception {
		Path folder = prepare();
		this.folders.discard(this.id);
		assertThat(folder).doesNotExist();
		assertThat(this.state).isEmptyDirectory();
	}

	@Test
	void filesThatWereNotRestoredAreNeverDiscarded() throws Exception {
		Path folder = prepare();
		this.folders.noteRestored(this.id);
		Files.writeString(folder.resolve("file"), "");
		this.folders.discard(this.id);
		assertThat(folder.resolve("file")).exists();
	}

	@Test
	void restoredFilesAreDiscardedWithTheFolder() throws Exception {
		Path folder = prepareRestored();
		this.folders.discard(this.id);
		assertThat(folder).doesNotExist();
	}

	@Test
	void afterSettlingNothingIsDiscarded() throws Exception {
		Path folder = prepareRestored();
		this.folders.settle(this.id);
		this.folders.discard(this.id);
		assertThat(folder.resolve("file")).exists();
	}

	@Test
	void afterACrashOnlyEmptyFoldersGo() throws Exception {
		Path restored = prepareRestored();
		SandboxId other = SandboxId.random();
		Path empty = this.folders.choose(other, null);
		this.folders.prepare(other, empty, 0, 0);
		Files.writeString(this.state.resolve("." + SandboxId.random()), "/half a no");
		folders(true, List.of()).discardAbandoned((sandbox) -> false, Set::of);
		assertThat(restored.resolve("file")).exists();
		assertThat(empty).doesNotExist();
		assertThat(this.state).isEmptyDirectory();
	}

	@Test
	void afterACrashAFolderThatAnotherSandboxHasNowStaysUntilThatIsGone() throws Exception {
		Path folder = prepare();
		folders(true, List.of()).discardAbandoned((sandbox) -> false, () -> Set.of(folder));
		assertThat(folder).exists();
		folders(true, List.of()).discardAbandoned((sandbox) -> false, Set::of);
		assertThat(folder).doesNotExist();
	}

	@Test
	void aFolderThatWasThereIsNotDiscarded() throws Exception {
		Path folder = Files.createDirectories(this.root.resolve("shared"));
		assertThat(this.folders.prepare(this.id, folder, 0, 0)).isFalse();
		this.folders.discard(this.id);
		assertThat(folder).exists();
	}

	@Test
	void aJournalThatCannotBeWrittenNamesItsSetting() throws Exception {
		Files.writeString(this.state, "not a folder");
		assertThatExceptionOfType(WorkspaceException.class).isThrownBy(this::prepare)
			.withMessageContaining("STATE_DIR");
		assertThat(this.root).doesNotExist();
	}

	private Path prepare() {
		Path folder = this.folders.choose(this.id, null);
		assertThat(this.folders.prepare(this.id, folder, 0, 0)).isTrue();
		return folder;
	}

	private Path prepareRestored() throws IOException {
		Path folder = prepare();
		Files.writeString(folder.resolve("file"), "");
		this.folders.noteRestored(this.id);
		return folder;
	}

	private void refuses(Path folder) {
		assertThatExceptionOfType(InvalidSandboxRequestException.class)
			.isThrownBy(() -> this.folders.choose(this.id, folder.toString()))
			.withMessageContaining("DEFAULT_MOUNT_DIR");
	}

	private WorkspaceFolders folders(boolean allow, List<Path> allowed) {
		return new WorkspaceFolders(
				new WorkspaceProperties(this.root, null, allow, allowed, Map.of(), null, this.state), this.state);
	}

}
