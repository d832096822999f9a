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

import io.sandboxmanager.gateway.NextRequest.Watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

class NextRequestTests {

	private final NextRequest next = new NextRequest(() -> 2);

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
	void aRequestThatIsThereIsSeen() throws IOException {
		send();
		try (Watch watch = this.next.over(this.connection)) {
			assertThat(watch.sees()).isTrue();
			assertThat(read()).isEqualTo(1);
		}
	}

	@Test
	void eachRequestIsSeenOnce() throws IOException {
		try (Watch watch = this.next.over(this.connection)) {
			for (int i = 0; i < 3; i++) {
				send();
				assertThat(watch.sees()).isTrue();
				read();
				assertThat(watch.sees()).isFalse();
			}
		}
	}

	@Test
	void nothingComesFromASilentClient() throws IOException {
		try (Watch watch = this.next.over(this.connection)) {
			assertThat(watch.sees()).isFalse();
		}
	}

	@Test
	void theEndIsSeenToo() throws IOException {
		this.client.close();
		try (Watch watch = this.next.over(this.connection)) {
			assertThat(watch.sees()).isTrue();
			assertThat(read()).isEqualTo(-1);
		}
	}

	@Test
	void beyondTheLimitNobodyWaits() throws IOException {
		send();
		try (NextRequest none = new NextRequest(() -> 0); Watch watch = none.over(this.connection)) {
			assertThat(watch.sees()).isFalse();
		}
	}

	@Test
	void whoWaitedMakesRoomAndLeavesItsSelectorToTheNext() throws IOException {
		try (Watch first = this.next.over(this.connection)) {
			assertThat(first.sees()).isFalse();
		}
		send();
		try (Watch second = this.next.over(this.connection)) {
			assertThat(second.sees()).isTrue();
		}
		assertThat(this.next.kept()).isEqualTo(1);
	}

	@Test
	void whoIsServedLeavesTheLastPlaceToWhoWaits() throws IOException {
		send();
		try (NextRequest one = new NextRequest(() -> 1); Watch first = one.over(this.connection)) {
			assertThat(first.sees()).isTrue();
			try (Watch second = one.over(this.connection)) {
				assertThat(second.sees()).isTrue();
			}
		}
	}

	@Test
	void theConnectionIsLeftToWhoeverWatchesOverIt() throws IOException {
		try (Selector other = Selector.open()) {
			SelectionKey key = this.connection.register(other, 0);
			try (Watch watch = this.next.over(this.connection)) {
				watch.sees();
			}
			key.interestOps(SelectionKey.OP_READ);
			send();
			assertThat(other.select(10_000)).isEqualTo(1);
			assertThat(this.connection.keyFor(other)).isSameAs(key);
		}
	}

	@Test
	void aConnectionThatIsClosedWhileItIsWatchedOverIsGoneWithTheWatch() throws IOException {
		try (Watch watch = this.next.over(this.connection)) {
			send();
			assertThat(watch.sees()).isTrue();
			this.connection.close();
		}
		assertThat(this.client.read(ByteBuffer.allocate(8))).isEqualTo(-1);
		assertThat(this.next.kept()).isEqualTo(1);
	}

	@Test
	void aConnectionThatWasClosedMeanwhileIsAFailureThatKeepsNoSelector() throws IOException {
		this.connection.close();
		try (Watch watch = this.next.over(this.connection)) {
			assertThatIOException().isThrownBy(watch::sees);
		}
		assertThat(this.next.kept()).isZero();
	}

	private int read() throws IOException {
		return this.connection.read(ByteBuffer.allocate(8));
	}

	private void send() throws IOException {
		this.client.write(ByteBuffer.wrap(new byte[] { 'G' }));
	}

}
