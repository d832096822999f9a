package io.sandboxmanager.transport;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.sandbox.Endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Connections over Unix domain sockets: where to, and how they wait and end. */
class SandboxSocketTests {

	@TempDir
	private Path parent;

	private Path folder;

	private Path path;

	private ServerSocketChannel listener;

	@BeforeEach
	void listen() throws IOException {
		this.folder = Files.createDirectory(this.parent.toRealPath().resolve("private"),
				PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
		this.path = this.folder.resolve("socket");
		this.listener = listenOn(this.path);
	}

	private static ServerSocketChannel listenOn(Path path) throws IOException {
		return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path));
	}

	@AfterEach
	void close() throws IOException {
		this.listener.close();
	}

	@Nested
	class ConnectingRefuses {

		@Test
		void aLinkInPlaceOfTheSocket() throws IOException {
			Path link = Files.createSymbolicLink(folder.resolve("link"), path);
			assertRefused(link, "behind a link");
		}

		@Test
		void aLinkOnTheWay() throws IOException {
			Path link = Files.createSymbolicLink(parent.toRealPath().resolve("link"), folder);
			assertRefused(link.resolve("socket"), "behind a link");
		}

		@Test
		void whatIsNoSocket() throws IOException {
			assertRefused(Files.writeString(folder.resolve("file"), "text"), "is not a socket");
		}

		@Test
		void aFolderThatOthersMayChange() throws IOException {
			Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
			assertRefused(path, "could be changed by others");
		}

		@Test
		void aSocketThatNobodyListensOn() throws IOException {
			listener.close();
			assertRefused(path, "nobody listens");
		}

		@Test
		void aPathWhereNothingIs() {
			assertRefused(folder.resolve("nothing"), "there is no");
		}

		private void assertRefused(Path path, String why) {
			assertThatExceptionOfType(ConnectException.class).isThrownBy(() -> SandboxSocket.connect(path).close())
				.withMessageContaining(why)
				.withMessageContaining(path.getFileName().toString());
		}

	}

	@Nested
	class Connections {

		private SocketChannel peer;

		private UnixSocket socket;

		@BeforeEach
		void connect() throws IOException {
			this.socket = new UnixSocket(SandboxSocket.connect(path));
			this.peer = listener.accept();
		}

		@AfterEach
		void end() throws IOException {
			this.socket.close();
			this.peer.close();
		}

		@Test
		void waitForWhatComes() throws Exception {
			CompletableFuture<Integer> read = CompletableFuture.supplyAsync(this::readOne);
			this.peer.write(ByteBuffer.wrap(new byte[] { (byte) 200 }));
			assertThat(read.get(5, TimeUnit.SECONDS)).isEqualTo(200);
		}

		@Test
		void tellWhetherSomethingHasCome() throws Exception {
			assertThat(this.socket.getInputStream().available()).isZero();
			this.peer.write(ByteBuffer.wrap(new byte[] { 1 }));
			assertThat(this.socket.getInputStream().available()).isOne();
			assertThat(readOne()).isOne();
			assertThat(this.socket.getInputStream().available()).isZero();
			this.peer.close();
			assertThat(this.socket.getInputStream().available()).isOne();
		}

		@Test
		void waitNoLongerThanTheyMay() {
			this.socket.setSoTimeout(20);
			assertThatExceptionOfType(SocketTimeoutException.class)
				.isThrownBy(() -> this.socket.getInputStream().read())
				.withMessageContaining("20 ms");
		}

		@Test
		void endReadsWhenTheyAreClosed() throws Exception {
			CompletableFuture<Integer> read = CompletableFuture.supplyAsync(this::readOne);
			this.socket.close();
			assertThat(read.get(5, TimeUnit.SECONDS)).isEqualTo(-2);
		}

		@Test
		void carryMoreThanTheKernelBuffers() throws Exception {
			byte[] much = new byte[4 << 20];
			CompletableFuture<Integer> counted = CompletableFuture.supplyAsync(() -> count(much.length));
			this.socket.getOutputStream().write(much);
			assertThat(counted.get(10, TimeUnit.SECONDS)).isEqualTo(much.length);
		}

		@Test
		void endWritesWhenThePeerTakesNothingAndTheyAreClosed() throws Exception {
			CompletableFuture<Boolean> written = CompletableFuture.supplyAsync(() -> {
				try {
					this.socket.getOutputStream().write(new byte[64 << 20]);
					return true;
				}
				catch (IOException ex) {
					return false;
				}
			});
			this.socket.close();
			assertThat(written.get(5, TimeUnit.SECONDS)).isFalse();
		}

		@Test
		void tellTheEndOfWhatThePeerSends() throws IOException {
			this.peer.shutdownOutput();
			assertThat(this.socket.getInputStream().read()).isEqualTo(-1);
		}

		@Test
		void leaveTheirChannelOpenWhenOnlyAViewIsClosed() throws IOException {
			SocketChannel channel = SandboxSocket.connect(path);
			try (SocketChannel other = listener.accept()) {
				other.write(ByteBuffer.wrap(new byte[] { 1 }));
				try (SocketView view = new SocketView(channel)) {
					assertThat(view.getInputStream().read()).isEqualTo(1);
				}
				assertThat(channel.isOpen()).isTrue();
			}
			channel.close();
		}

		private int readOne() {
			try {
				return this.socket.getInputStream().read();
			}
			catch (IOException ex) {
				return -2;
			}
		}

		private int count(int expected) {
			try {
				ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
				int sum = 0;
				while (sum < expected) {
					sum += this.peer.read(buffer);
					buffer.clear();
				}
				return sum;
			}
			catch (IOException ex) {
				return -1;
			}
		}

	}

	@Test
	void twoSocketsNeverShareAConnectionOfAClient() throws Exception {
		Path second = this.folder.resolve("second");
		try (ServerSocketChannel other = listenOn(second);
				CloseableHttpClient client = HttpClients.custom()
					.setConnectionManager(EndpointConnections.pool().build())
					.build()) {
			CompletableFuture<Void> one = CompletableFuture.runAsync(() -> answer(this.listener, "one"));
			assertThat(get(client, this.path)).isEqualTo("one");
			CompletableFuture<Void> two = CompletableFuture.runAsync(() -> answer(other, "two"));
			assertThat(get(client, second)).isEqualTo("two");
			CompletableFuture.allOf(one, two).get(5, TimeUnit.SECONDS);
		}
	}

	private static String get(CloseableHttpClient client, Path path) throws IOException {
		Endpoint endpoint = Endpoint.ofSocket(path.toString());
		HttpGet request = new HttpGet(endpoint.resolve("/"));
		request.setConfig(EndpointConnections.leadTo(endpoint, RequestConfig.custom()).build());
		return client.execute(request, (response) -> EntityUtils.toString(response.getEntity()));
	}

	/**
	 * Answers one request and keeps the connection open, so that it could be used again.
	 */
	private static void answer(ServerSocketChannel listener, String text) {
		try {
			SocketChannel channel = listener.accept();
			UnixSocket socket = new UnixSocket(channel);
			InputStream in = socket.getInputStream();
			StringBuilder head = new StringBuilder();
			while (head.indexOf("\r\n\r\n") < 0) {
				head.append((char) in.read());
			}
			socket.getOutputStream()
				.write(("HTTP/1.1 200 OK\r\nContent-Length: " + text.length() + "\r\n\r\n" + text)
					.getBytes(StandardCharsets.US_ASCII));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
