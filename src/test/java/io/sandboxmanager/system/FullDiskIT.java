package io.sandboxmanager.system;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A sandbox that writes until the disk of all workspaces is full, which here is a small
 * one.
 */
@Timeout(180)
class FullDiskIT {

	private static final Duration LIMIT = Duration.ofSeconds(60);

	@RegisterExtension
	static final Servers servers = Servers.forEachTest();

	@TempDir
	private Path folder;

	@BeforeEach
	void mount() throws IOException {
		CommandResult mounted = CommandResult.of("mount", "-t", "tmpfs", "-o", "size=200m,mode=711", "workspaces",
				this.folder.toString());
		assertThat(mounted.exitCode()).as(mounted.output()).isZero();
	}

	@AfterEach
	void unmount() throws IOException {
		CommandResult.of("umount", "-l", this.folder.toString());
	}

	@ParameterizedTest
	@ValueSource(strings = { "local", "docker" })
	void theOneThatFillsTheDiskIsStoppedAndTheOthersGoOn(String backend) {
		ServerProcess server = servers
			.server("CONTAINER_DEPLOYMENT", backend, "POOL_SIZE", "0", "DEFAULT_MOUNT_DIR", this.folder.toString(),
					"MIN_FREE_DISK", "120MB")
			.start();
		Api api = server.api();
		String hog = api.create();
		String other = api.create();
		api.shell(other, "head -c 30M /dev/zero > large");
		api.shell(hog, "(while head -c 4M /dev/zero >> hog; do sleep 0.1; done) >/dev/null 2>&1 </dev/null &");
		Await.until("the hog is stopped", LIMIT, () -> status(api, hog), (status) -> status.equals("exited"));
		Await.until("the log tells why", LIMIT, server::log,
				(log) -> log.contains("the disk is nearly full. Its files are kept"));
		assertThat(api.isHealthy()).isTrue();
		assertThat(api.shell(other, "head -c 10M /dev/zero > more && echo written")).isEqualTo("written\n");
		assertThat(status(api, other)).isEqualTo("running");
		assertThat(api.shell(api.create(), "echo new > file && cat file")).isEqualTo("new\n");
		assertThat(
				this.folder.resolve(Path.of(api.info(hog).path("mount_dir").asString()).getFileName()).resolve("hog"))
			.exists();
		api.release(hog);
		api.release(other);
	}

	private static String status(Api api, String name) {
		return Api.data(api.call("/get_status", Map.of("identity", name))).asString("");
	}

}
