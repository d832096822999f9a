package io.sandboxmanager.transport;

import java.io.IOException;
import java.net.SocketException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

import org.jspecify.annotations.Nullable;

/**
 * Waits until a channel is ready for one operation. The selector is made when there is
 * something to wait for, and belongs to one direction: one may wait to read while another
 * waits to write.
 */
final class Readiness {

	private final SocketChannel channel;

	private final int operation;

	private @Nullable Selector selector;

	Readiness(SocketChannel channel, int operation) {
		this.channel = channel;
		this.operation = operation;
	}

	/**
	 * Waits.
	 * @param millis at most, zero for any time
	 * @return whether it is ready; not when the time is over
	 * @throws SocketException when the channel was closed meanwhile
	 */
	boolean await(int millis) throws IOException {
		return look((selector) -> selector.select(millis));
	}

	/**
	 * Whether it is ready now.
	 * @throws SocketException when the channel was closed
	 */
	boolean isReady() throws IOException {
		return look(Selector::selectNow);
	}

	private boolean look(Look look) throws IOException {
		try {
			Selector selector = open();
			look.at(selector);
			boolean ready = !selector.selectedKeys().isEmpty();
			selector.selectedKeys().clear();
			if (!this.channel.isOpen()) {
				throw new SocketException("the connection was closed");
			}
			return ready;
		}
		catch (ClosedSelectorException ex) {
			throw (SocketException) new SocketException("the connection was closed").initCause(ex);
		}
	}

	private synchronized Selector open() throws IOException {
		Selector known = this.selector;
		if (known == null) {
			if (!this.channel.isOpen()) {
				throw new SocketException("the connection was closed");
			}
			known = Selector.open();
			this.channel.register(known, this.operation);
			this.selector = known;
		}
		return known;
	}

	/** Lets go whoever waits; the channel is closed. */
	synchronized void wake() throws IOException {
		if (this.selector != null) {
			this.selector.close();
		}
	}

	/** Lets a selector find what is ready. */
	private interface Look {

		void at(Selector selector) throws IOException;

	}

}
