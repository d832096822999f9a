package io.sandboxmanager.backend.docker;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;

import io.sandboxmanager.backend.ContainerRefusedException;
import io.sandboxmanager.backend.ContainerSpec.Mount;
import io.sandboxmanager.backend.docker.OwnContainer.OwnMount;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class MountPolicyTests {

	private static final URI SOCKET = URI.create("unix:///engine/engine.sock");

	private static final OwnContainer OWN = new OwnContainer("own", false,
			List.of(new OwnMount(Path.of("/srv/work"), Path.of("/work")),
					new OwnMount(Path.of("/srv/fast"), Path.of("/work/fast")),
					new OwnMount(Path.of("/host-run/engine.sock"), Path.of("/engine/engine.sock"))));

	private final MountPolicy outside = new MountPolicy(SOCKET, Optional.empty(), List.of());

	private final MountPolicy inside = new MountPolicy(SOCKET, Optional.of(OWN),
			List.of(new OwnMount(Path.of("/told"), Path.of("/state/mounts"))));

	private static Mount folder(String source) {
		return new Mount(source, "/workspace", false);
	}

	@Test
	void outsideOfAContainerPathsAreTheHosts() {
		assertThat(this.outside.mount(folder("/a/b")).getSource()).isEqualTo("/a/b");
	}

	@Test
	void insideTheHostsPathIsFoundFromTheServersOwnMounts() {
		assertThat(this.inside.mount(folder("/work/x/y")).getSource()).isEqualTo("/srv/work/x/y");
		assertThat(this.inside.mount(folder("/work")).getSource()).isEqualTo("/srv/work");
		assertThat(this.inside.mount(folder("/work/fast/x")).getSource()).isEqualTo("/srv/fast/x");
	}

	@Test
	void insideTheHostsPathMayBeTold() {
		assertThat(this.inside.mount(folder("/state/mounts/x")).getSource()).isEqualTo("/told/x");
	}

	@Test
	void insideAFolderThatTheHostDoesNotHaveIsRefused() {
		assertThatExceptionOfType(ContainerRefusedException.class)
			.isThrownBy(() -> this.inside.mount(folder("/working/x")))
			.withMessageContaining("MOUNT_DIR_ON_HOST");
	}

	@Test
	void aPathOfTheHostStaysAsItIs() {
		assertThat(this.inside.mount(new Mount("/work/x", "/data", true, true)).getSource()).isEqualTo("/work/x");
	}

	@Test
	void whateverHoldsTheEnginesSocketIsRefused() {
		for (String source : List.of("/engine/engine.sock", "/engine", "/", "/engine/x/..")) {
			assertThatExceptionOfType(ContainerRefusedException.class).as(source)
				.isThrownBy(() -> this.outside.mount(folder(source)));
		}
		assertThatExceptionOfType(ContainerRefusedException.class)
			.isThrownBy(() -> this.inside.mount(new Mount("/host-run", "/data", true, true)));
		assertThat(this.outside.mount(folder("/engines")).getSource()).isEqualTo("/engines");
	}

	@Test
	void aRelativePathIsRefused() {
		assertThatExceptionOfType(ContainerRefusedException.class).isThrownBy(() -> this.outside.mount(folder("a/b")))
			.withMessageContaining("a/b");
	}

}
