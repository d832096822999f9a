package io.sandboxmanager.backend.docker;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import io.sandboxmanager.backend.ContainerHandle;
import io.sandboxmanager.backend.PortTakenException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Host ports out of a range that others use too. */
class DockerPortsIT extends AbstractDockerIT {

	private DockerBackend backend(int first, int end) {
		return connect(new DockerProperties(null, "sandbox-manager-it", List.of(first, end), "127.0.0.1", null, null,
				false, Duration.ofSeconds(30), Duration.ofMinutes(1)));
	}

	/** The first of a row of free ports, below those that the system gives out. */
	private static int freeRow(int length) {
		for (int first = 21_000; first < 31_000; first += length) {
			if (isFree(first, length)) {
				return first;
			}
		}
		throw new IllegalStateException("no free ports");
	}

	private static boolean isFree(int first, int length) {
		List<ServerSocket> row = new ArrayList<>();
		try {
			for (int port = first; port < first + length; port++) {
				row.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
			}
			return true;
		}
		catch (IOException ex) {
			return false;
		}
		finally {
			row.forEach(DockerPortsIT::close);
		}
	}

	private static void close(ServerSocket socket) {
		try {
			socket.close();
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@Test
	void areTakenFromTheBottomAndUsedAgain() {
		int first = freeRow(3);
		DockerBackend backend = backend(first, first + 3);
		ContainerHandle one = backend.start(spec());
		ContainerHandle two = backend.start(spec());
		assertThat(one.endpoint().port()).isEqualTo(first);
		assertThat(two.endpoint().port()).isEqualTo(first + 1);
		awaitPort(two.endpoint());
		backend.remove(one.ref());
		assertThat(backend.start(spec()).endpoint().port()).isEqualTo(first);
	}

	@Test
	void thatAProgramOfTheHostHasArePassedOver() throws Exception {
		int first = freeRow(3);
		try (ServerSocket taken = new ServerSocket(first, 1, InetAddress.getLoopbackAddress())) {
			assertThat(taken.isBound()).isTrue();
			ContainerHandle handle = backend(first, first + 3).start(spec());
			assertThat(handle.endpoint().port()).isEqualTo(first + 1);
			awaitPort(handle.endpoint());
			assertThat(leftovers()).containsExactly(handle.ref());
		}
	}

	@Test
	void thatAnotherServerHasArePassedOver() {
		int first = freeRow(4);
		DockerBackend one = backend(first, first + 4);
		DockerBackend other = backend(first, first + 4);
		one.start(spec());
		one.start(spec());
		assertThat(other.start(spec()).endpoint().port()).isEqualTo(first + 2);
		assertThat(one.start(spec()).endpoint().port()).isEqualTo(first + 3);
		assertThat(leftovers()).hasSize(4);
	}

	@Test
	void thatAreAllTakenAreCounted() {
		int first = freeRow(2);
		DockerBackend backend = backend(first, first + 2);
		ContainerHandle one = backend.start(spec());
		backend.start(spec());
		assertThatExceptionOfType(PortTakenException.class).isThrownBy(() -> backend.start(spec()))
			.withMessageContaining("PORT_RANGE [" + first + ", " + (first + 2) + ")")
			.withMessageContaining("2 are held by sandboxes");
		assertThat(leftovers()).hasSize(2);
		DockerCli.run("rm", "-f", one.ref());
		assertThat(backend.start(spec()).endpoint().port()).isEqualTo(first);
	}

	@Test
	void stayWithAStoppedContainer() {
		int first = freeRow(2);
		DockerBackend backend = backend(first, first + 2);
		ContainerHandle one = backend.start(spec());
		backend.stop(one.ref());
		assertThat(backend.start(spec()).endpoint().port()).isEqualTo(first + 1);
		assertThat(backend.resume(one.ref())).isEqualTo(one);
		awaitPort(one.endpoint());
	}

}
