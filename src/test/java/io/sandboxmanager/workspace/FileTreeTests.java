package io.sandboxmanager.workspace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

class FileTreeTests {

	@TempDir
	Path temporary;

	private Path source;

	private Path copy;

	@BeforeEach
	void makeSource() throws Exception {
		this.source = Files.createDirectory(this.temporary.resolve("source"));
		this.copy = this.temporary.resolve("copy");
	}

	@Test
	void linksAreCopiedAsLinksAndNeverFollowed() throws Exception {
		Path outside = Files.createDirectory(this.temporary.resolve("outside"));
		Files.writeString(outside.resolve("secret"), "secret");
		Files.createSymbolicLink(this.source.resolve("out"), outside);
		Files.createSymbolicLink(this.source.resolve("broken"), Path.of("nowhere"));
		FileTree.copy(this.source, this.copy);
		assertThat(Files.readSymbolicLink(this.copy.resolve("out"))).isEqualTo(outside);
		assertThat(Files.readSymbolicLink(this.copy.resolve("broken"))).isEqualTo(Path.of("nowhere"));
		FileTree.remove(this.copy);
		assertThat(this.copy).doesNotExist();
		assertThat(outside.resolve("secret")).hasContent("secret");
	}

	@Test
	void whatIsBroughtIntoAnOpenFolderIsOpenToo() throws Exception {
		Path folder = Files.createDirectory(this.source.resolve("folder"));
		Path script = Files.writeString(folder.resolve("run.sh"), "");
		Path text = Files.writeString(folder.resolve("text"), "");
		Path outside = Files.writeString(this.temporary.resolve("outside"), "");
		Files.createSymbolicLink(folder.resolve("link"), outside);
		chmod(folder, "rwxr-x---");
		chmod(script, "rwxr--r--");
		chmod(text, "r--------");
		chmod(outside, "rw-------");
		Path target = Files.createDirectory(this.temporary.resolve("target"));
		chmod(target, "rwxrwxrwx");
		FileTree.share(this.source, target);
		assertThat(mode(folder)).isEqualTo("rwxrwxrwx");
		assertThat(mode(script)).isEqualTo("rwxrwxrwx");
		assertThat(mode(text)).isEqualTo("r--r--r--");
		assertThat(mode(outside)).isEqualTo("rw-------");
	}

	@Test
	void whatIsBroughtIntoAnotherFolderKeepsItsModes() throws Exception {
		Path text = Files.writeString(this.source.resolve("text"), "");
		chmod(text, "rw-r-----");
		Path target = Files.createDirectory(this.temporary.resolve("target"));
		chmod(target, "rwxrwxr-x");
		FileTree.share(this.source, target);
		assertThat(mode(text)).isEqualTo("rw-r-----");
	}

	@Test
	void whatIsNeitherFileNorFolderNorLinkIsLeftOut() throws Exception {
		int made = new ProcessBuilder("mkfifo", this.source.resolve("pipe").toString()).start().waitFor();
		assertThat(made).isZero();
		Files.writeString(this.source.resolve("file"), "text");
		FileTree.copy(this.source, this.copy);
		assertThat(Files.exists(this.copy.resolve("pipe"), LinkOption.NOFOLLOW_LINKS)).isFalse();
		assertThat(this.copy.resolve("file")).hasContent("text");
	}

	@Test
	void filesAndFoldersKeepTheirModesAndTimes() throws Exception {
		Path folder = Files.createDirectory(this.source.resolve("folder"));
		Path file = Files.writeString(folder.resolve("run.sh"), "");
		Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-x---"));
		Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("r-xrwxrwx"));
		FileTime time = FileTime.fromMillis(1_000_000_000_000L);
		Files.setLastModifiedTime(folder, time);
		FileTree.copy(this.source, this.copy);
		assertThat(mode(this.copy.resolve("folder/run.sh"))).isEqualTo("rwxr-x---");
		assertThat(mode(this.copy.resolve("folder"))).isEqualTo("r-xrwxrwx");
		assertThat(Files.getLastModifiedTime(this.copy.resolve("folder"))).isEqualTo(time);
		FileTree.remove(this.copy);
		assertThat(this.copy).doesNotExist();
	}

	@Test
	void foldersKeepTheirOwner() throws Exception {
		Path folder = Files.createDirectory(this.source.resolve("folder"));
		assumeThat(Files.getAttribute(folder, "unix:uid")).as("only root may give files away").isEqualTo(0);
		Files.setAttribute(folder, "unix:uid", 4711);
		FileTree.copy(this.source, this.copy);
		assertThat(Files.getAttribute(this.copy.resolve("folder"), "unix:uid")).isEqualTo(4711);
	}

	@Test
	void theTargetItselfKeepsItsMode() throws Exception {
		Files.createDirectory(this.copy);
		Files.setPosixFilePermissions(this.copy, PosixFilePermissions.fromString("rwx-----x"));
		FileTree.copy(this.source, this.copy);
		assertThat(mode(this.copy)).isEqualTo("rwx-----x");
	}

	@Test
	void removingNothingIsFine() throws Exception {
		FileTree.remove(this.copy);
		assertThat(this.copy).doesNotExist();
	}

	private static void chmod(Path path, String mode) throws IOException {
		Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
	}

	private static String mode(Path path) throws Exception {
		return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
	}

}
