package io.sandboxmanager.gateway;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

class NextRequestTests {

	private final NextRequest next = new NextRequest(() -> 1);

	private SocketChannel client;

	private SocketChannel connection;

	@BeforeEach
	void connect() throws IOException {
		try (ServerSocketChannel server = ServerSocketChannel.open()) {
			server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
			this.client = SocketChannel.open(server.getLocalAddress());
			this.connection = server.accept();
		}
		this.connection.configureBlocking(false);
	}

	@AfterEach
	void close() throws IOException {
		this.client.close();
		this.connection.close();
		this.next.close();
	}

	@Test
	void aRequestThatIsThereComes() throws IOException {
		send();
		assertThat(this.next.comes(this.connection)).isTrue();
		assertThat(this.connection.read(ByteBuffer.allocate(8))).isEqualTo(1);
	}

	@Test
	void nothingComesFromASilentClient() throws IOException {
		assertThat(this.next.comes(this.connection)).isFalse();
	}

	@Test
	void theEndComesToo() throws IOException {
		this.client.close();
		assertThat(this.next.comes(this.connection)).isTrue();
		assertThat(this.connection.read(ByteBuffer.allocate(8))).isEqualTo(-1);
	}

	@Test
	void beyondTheLimitNobodyWaits() throws IOException {
		send();
		assertThat(new NextRequest(() -> 0).comes(this.connection)).isFalse();
	}

	@Test
	void whoWaitedMakesRoomAndLeavesItsSelectorToTheNext() throws IOException {
		this.next.comes(this.connection);
		send();
		assertThat(this.next.comes(this.connection)).isTrue();
		assertThat(this.next.kept()).isEqualTo(1);
	}

	@Test
	void theConnectionStaysWithWhoeverWatchesOverIt() throws IOException {
		try (Selector watch = Selector.open()) {
			SelectionKey key = this.connection.register(watch, 0);
			this.next.comes(this.connection);
			key.interestOps(SelectionKey.OP_READ);
			send();
			assertThat(watch.select(10_000)).isEqualTo(1);
			assertThat(this.connection.keyFor(watch)).isSameAs(key);
		}
	}

	@Test
	void aConnectionThatWasClosedMeanwhileIsAFailureThatKeepsNoSelector() throws IOException {
		this.connection.close();
		assertThatIOException().isThrownBy(() -> this.next.comes(this.connection));
		assertThat(this.next.kept()).isZero();
	}

	private void send() throws IOException {
		this.client.write(ByteBuffer.wrap(new byte[] { 'G' }));
	}

}
