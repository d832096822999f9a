package io.sandboxmanager.backend.local;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

import io.sandboxmanager.backend.AbstractContainerBackendTests;
import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.backend.ContainerHandle;
import io.sandboxmanager.backend.ContainerListener;
import io.sandboxmanager.backend.ContainerStatus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** {@link LocalBackend} keeps the contract, with real processes under bubblewrap. */
class LocalBackendIT extends AbstractContainerBackendTests {

	static final LocalProperties PROPERTIES = new LocalProperties(false, Path.of("/usr/bin/python3"),
			DataSize.ofMegabytes(64), DataSize.ofGigabytes(1), Duration.ofSeconds(30));

	@TempDir
	private Path folder;

	@Override
	protected ContainerBackend createBackend() {
		return LocalBackend.connect(PROPERTIES, this.folder, Clock.systemUTC());
	}

	@Override
	protected String image() {
		return "agentscope/runtime-sandbox-base:latest";
	}

	@Override
	protected String missingImage() {
		return "agentscope/runtime-sandbox-browser:latest";
	}

	@Override
	protected void kill(String ref) {
		run("kill", "-9", Long.toString(agentOf(ref)));
	}

	@Override
	protected void say(String ref, String line) {
		run("sh", "-c", "echo '" + line + "' > /proc/" + agentOf(ref) + "/fd/1");
	}

	/** The only interpreter in the container's control groups. */
	private long agentOf(String ref) {
		return await().atMost(Duration.ofSeconds(10)).until(() -> findAgentOf(ref), Optional::isPresent).orElseThrow();
	}

	private Optional<Long> findAgentOf(String ref) {
		try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
			return processes.filter((process) -> process.getFileName().toString().matches("\\d+"))
				.filter((process) -> read(process.resolve("cgroup")).contains(ref))
				.map((process) -> Long.valueOf(process.getFileName().toString()))
				.filter((pid) -> read(Path.of("/proc/" + pid + "/comm")).startsWith("python3"))
				.findFirst();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String read(Path file) {
		try {
			return Files.readString(file);
		}
		catch (IOException ex) {
			return ""; // it has ended meanwhile
		}
	}

	private static void run(String... command) {
		try {
			Process process = new ProcessBuilder(command).inheritIO().start();
			assertThat(process.waitFor()).as(Arrays.toString(command)).isZero();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	@Nested
	class WhenTheSupervisorIsKilled {

		@Test
		void allSandboxesEndAndAreTold() {
			ContainerHandle one = backend().start(spec());
			ContainerHandle two = backend().start(spec());
			List<String> ended = new CopyOnWriteArrayList<>();
			backend().watch(labels(), new ContainerListener() {

				@Override
				public void onExit(ContainerExit exit) {
					ended.add(exit.ref());
				}

				@Override
				public void onReconnect() {
					throw new AssertionError("nothing was disconnected");
				}

			});
			long agent = agentOf(one.ref());
			ProcessHandle.current()
				.children()
				.filter((child) -> read(Path.of("/proc/" + child.pid() + "/cmdline")).contains("sandbox_supervisor"))
				.forEach(ProcessHandle::destroyForcibly);
			await().atMost(Duration.ofSeconds(10))
				.untilAsserted(() -> assertThat(ended).containsExactlyInAnyOrder(one.ref(), two.ref()));
			await().atMost(Duration.ofSeconds(10))
				.untilAsserted(() -> assertThat(Path.of("/proc/" + agent)).doesNotExist());
			assertThat(backend().status(one.ref())).isEqualTo(ContainerStatus.EXITED);
		}

		@Test
		void anotherOneServesWhatComesThen() {
			ContainerHandle before = backend().start(spec());
			ProcessHandle.current()
				.children()
				.filter((child) -> read(Path.of("/proc/" + child.pid() + "/cmdline")).contains("sandbox_supervisor"))
				.forEach(ProcessHandle::destroyForcibly);
			await().atMost(Duration.ofSeconds(10))
				.until(() -> backend().status(before.ref()) == ContainerStatus.EXITED);
			awaitAgent(backend().start(spec()).endpoint());
			awaitAgent(backend().resume(before.ref()).endpoint());
		}

	}

}
