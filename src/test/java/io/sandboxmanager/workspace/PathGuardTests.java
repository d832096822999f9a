package io.sandboxmanager.workspace;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

class PathGuardTests {

	@TempDir
	Path temporary;

	private Path root;

	@BeforeEach
	void makeRoot() throws Exception {
		this.root = Files.createDirectory(this.temporary.resolve("root"));
	}

	@Test
	void nothingOfItNeedsToExist() {
		Path absent = this.temporary.resolve("absent");
		assertThat(PathGuard.isWithin(absent.resolve("a"), absent)).isTrue();
		assertThat(PathGuard.isWithin(this.root.resolve("a/b"), this.root)).isTrue();
		assertThat(PathGuard.isWithinWithoutLinks(absent.resolve("a"), absent)).isTrue();
	}

	@Test
	void aPathElsewhereIsOutside() {
		assertThat(PathGuard.isWithin(this.temporary.resolve("rooted"), this.root)).isFalse();
		assertThat(PathGuard.isWithinWithoutLinks(this.temporary.resolve("rooted"), this.root)).isFalse();
		assertThat(PathGuard.isWithinWithoutLinks(this.root.resolve("../x"), this.root)).isFalse();
	}

	@Test
	void aLinkThatLeadsOutIsOutside() throws Exception {
		Files.createSymbolicLink(this.root.resolve("out"), this.temporary);
		Files.createSymbolicLink(this.root.resolve("broken"), Path.of("/not/there"));
		assertThat(PathGuard.isWithin(this.root.resolve("out/x"), this.root)).isFalse();
		assertThat(PathGuard.isWithin(this.root.resolve("broken"), this.root)).isFalse();
	}

	@Test
	void aLinkThatStaysInsideIsWithinButNotWithoutLinks() throws Exception {
		Files.createDirectory(this.root.resolve("a"));
		Files.createSymbolicLink(this.root.resolve("link"), Path.of("a"));
		assertThat(PathGuard.isWithin(this.root.resolve("link/x"), this.root)).isTrue();
		assertThat(PathGuard.isWithinWithoutLinks(this.root.resolve("link/x"), this.root)).isFalse();
		assertThat(PathGuard.isWithinWithoutLinks(this.root.resolve("a/x"), this.root)).isTrue();
	}

	@Test
	void theRootItselfMayBeALink() throws Exception {
		Path alias = Files.createSymbolicLink(this.temporary.resolve("alias"), this.root);
		assertThat(PathGuard.isWithin(alias.resolve("x"), alias)).isTrue();
		assertThat(PathGuard.isWithinWithoutLinks(alias.resolve("x"), alias)).isTrue();
	}

}
