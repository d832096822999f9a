package io.sandboxmanager.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.backend.EngineUnreachableException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** {@link BackendChoice}: what runs the sandboxes when nobody said. */
class BackendChoiceTests {

	@TempDir
	private Path folder;

	private static boolean notAsked() {
		throw new AssertionError("the engine was asked");
	}

	@Test
	void whatIsNamedIsTaken() {
		assertThat(BackendChoice.of(BackendKind.LOCAL, true, false, BackendChoiceTests::notAsked).kind())
			.isEqualTo(BackendKind.LOCAL);
		assertThat(BackendChoice.of(BackendKind.DOCKER, false, true, BackendChoiceTests::notAsked).reason()).isNull();
	}

	@Test
	void anEngineThatIsNamedIsTakenWhetherItAnswersOrNot() {
		assertThat(BackendChoice.of(null, true, true, BackendChoiceTests::notAsked).kind())
			.isEqualTo(BackendKind.DOCKER);
	}

	@Test
	void anEngineThatAnswersIsTaken() {
		assertThat(BackendChoice.of(null, false, false, () -> true).kind()).isEqualTo(BackendKind.DOCKER);
	}

	@Test
	void withoutOneSandboxesAreLocalForThisMachineOnly() {
		assertThat(BackendChoice.of(null, false, true, () -> false))
			.isEqualTo(new BackendChoice(BackendKind.LOCAL, "no Docker engine answers"));
		assertThatExceptionOfType(EngineUnreachableException.class)
			.isThrownBy(() -> BackendChoice.of(null, false, false, () -> false))
			.withMessageContaining("CONTAINER_DEPLOYMENT=local");
	}

	@Test
	void anEngineIsAskedWhetherItIsWell() throws IOException {
		assertThat(answersTo("HTTP/1.0 200 OK\r\n\r\nOK")).isTrue();
		assertThat(answersTo("HTTP/1.0 500 No\r\n\r\n")).isFalse();
		assertThat(answersTo("")).isFalse();
	}

	@Test
	void nobodyAnswersWhereNothingListens() throws IOException {
		assertThat(EnginePing.answers(this.folder.resolve("none"), Duration.ofSeconds(1))).isFalse();
		Path file = Files.writeString(this.folder.resolve("file"), "");
		assertThat(EnginePing.answers(file, Duration.ofSeconds(1))).isFalse();
	}

	@Test
	void anEngineThatIsSilentDoesNotAnswer() throws IOException {
		Path socket = this.folder.resolve("silent");
		try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			listener.bind(UnixDomainSocketAddress.of(socket));
			assertThat(EnginePing.answers(socket, Duration.ofMillis(50))).isFalse();
		}
	}

	private boolean answersTo(String answer) throws IOException {
		Path socket = this.folder.resolve("engine" + answer.length());
		try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
			listener.bind(UnixDomainSocketAddress.of(socket));
			CompletableFuture<Void> engine = CompletableFuture.runAsync(() -> serve(listener, answer));
			boolean answers = EnginePing.answers(socket, Duration.ofSeconds(5));
			engine.join();
			return answers;
		}
	}

	private static void serve(ServerSocketChannel listener, String answer) {
		try (SocketChannel channel = listener.accept()) {
			channel.read(ByteBuffer.allocate(100));
			channel.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.US_ASCII)));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
