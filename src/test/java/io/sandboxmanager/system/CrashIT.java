package io.sandboxmanager.system;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/** A server that is killed, and started again with the same folders. */
class CrashIT {

	private static final int CREATES = 20;

	private static final Duration LIMIT = Duration.ofMinutes(2);

	/** The engine may end a call of a server that is gone, and the reconcile find it. */
	private static final Duration SETTLED = Duration.ofSeconds(90);

	/** Below those that the kernel gives to connections. */
	private static final int FIRST_PORT = 21_300;

	private static final int END_OF_PORTS = 21_400;

	@RegisterExtension
	static final Servers servers = Servers.forEachTest();

	@Test
	void nothingIsLeftOfSandboxesThatWereBeingMade() throws IOException {
		killAndStartAgain(new Moment(1, 0, 0), new Moment(0, 1, 0), new Moment(0, 0, 5));
	}

	@Tag("full")
	@Test
	void nothingIsLeftOfSandboxesThatWereBeingMadeAtTenMoments() throws IOException {
		killAndStartAgain(new Moment(0, 0, 0), new Moment(2, 0, 0), new Moment(5, 0, 0), new Moment(15, 0, 0),
				new Moment(0, 1, 0), new Moment(0, 10, 0), new Moment(0, 0, 1), new Moment(0, 0, 7),
				new Moment(0, 0, 13), new Moment(0, 0, 19));
	}

	private static void killAndStartAgain(Moment... moments) throws IOException {
		ServerProcess server = servers.server("PORT_RANGE", "[" + FIRST_PORT + "," + END_OF_PORTS + "]");
		for (Moment moment : moments) {
			server.set("POOL_SIZE", "2").start();
			String kept = server.api().create();
			server.api().shell(kept, "echo work > /workspace/file");
			killWhileCreating(server, moment);
			long begin = System.nanoTime();
			server.set("POOL_SIZE", "0").start();
			System.out.printf("the next start took %d ms%n", (System.nanoTime() - begin) / 1_000_000);
			assertOnlyWorkIsLeft(server, kept);
			server.stop();
		}
	}

	private static void killWhileCreating(ServerProcess server, Moment moment) {
		int folders = server.workspaces().size();
		int containers = server.containers().size();
		List<CompletableFuture<HttpResponse<String>>> calls = IntStream.range(0, CREATES)
			.mapToObj((i) -> server.api().callLater("/create", Api.BASE))
			.toList();
		Await.until(moment + " has come", LIMIT,
				() -> server.workspaces().size() >= folders + moment.folders()
						&& calls.stream().filter(CompletableFuture::isDone).count() >= moment.answers()
						&& (moment.containers() == 0 || server.containers().size() >= containers + moment.containers()),
				(come) -> come);
		server.kill();
		long answered = calls.stream()
			.map((call) -> call.handle((answer, failure) -> failure == null))
			.filter(CompletableFuture::join)
			.count();
		System.out.printf("killed with %d more folders, %d more containers and %d of %d creates answered%n",
				server.workspaces().size() - folders, server.containers().size() - containers, answered, CREATES);
	}

	private static void assertOnlyWorkIsLeft(ServerProcess server, String kept) throws IOException {
		List<String> left = server.containers();
		if (!left.isEmpty()) {
			System.out.println("still there when the server has started: " + left);
			Await.until("the reconcile removes them", SETTLED, server::containers, List::isEmpty);
		}
		assertThat(server.managerIds()).hasSize(1);
		assertThat(Docker.containersOfManager(server.managerIds().get(0))).isEmpty();
		assertThat(server.journal()).isEmpty();
		Path work = Path.of("workspaces", kept.substring(server.prefix().length()));
		assertThat(server.folder().resolve(work).resolve("file")).hasContent("work\n");
		assertThat(emptyFolders(server)).isEmpty();
		assertThat(takenPorts()).isEmpty();
	}

	private static List<Integer> takenPorts() throws IOException {
		List<Integer> taken = new ArrayList<>();
		for (int port = FIRST_PORT; port < END_OF_PORTS; port++) {
			try (ServerSocket free = new ServerSocket()) {
				free.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
			}
			catch (BindException ex) {
				taken.add(port);
			}
		}
		return taken;
	}

	private static List<Path> emptyFolders(ServerProcess server) throws IOException {
		List<Path> empty = new ArrayList<>();
		for (Path folder : server.workspaces()) {
			try (Stream<Path> entries = Files.list(folder)) {
				if (entries.findAny().isEmpty()) {
					empty.add(folder);
				}
			}
		}
		return empty;
	}

	@Test
	void serversWithOnePrefixLeaveEachOtherAlone() {
		String prefix = Servers.newPrefix();
		ServerProcess one = servers.server("CONTAINER_PREFIX_KEY", prefix, "POOL_SIZE", "0").start();
		ServerProcess other = servers.server("CONTAINER_PREFIX_KEY", prefix, "POOL_SIZE", "0").start();
		String mine = one.api().create();
		String theirs = other.api().create();
		other.api().shell(theirs, "echo work > /workspace/file");
		assertThat(Docker.containers(prefix)).containsExactlyInAnyOrder(mine, theirs);
		one.kill();
		one.start();
		assertThat(Docker.containers(prefix)).containsExactly(theirs);
		assertThat(other.api().shell(theirs, "cat /workspace/file")).isEqualTo("work\n");
		one.stop();
		assertThat(other.api().shell(theirs, "cat /workspace/file")).isEqualTo("work\n");
		other.stop();
		assertThat(Docker.containers(prefix)).isEmpty();
	}

	/** When so many folders, containers and answers more are there. */
	private record Moment(int folders, int containers, int answers) {
	}

}
