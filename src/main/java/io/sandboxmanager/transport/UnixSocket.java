package io.sandboxmanager.transport;

import java.io.IOException;
import java.nio.channels.SocketChannel;

/** A connection over a Unix domain socket that is its channel's owner. */
final class UnixSocket extends SocketView {

	private final SocketChannel owned;

	UnixSocket(SocketChannel channel) throws IOException {
		super(channel);
		this.owned = channel;
	}

	@Override
	public synchronized void close() throws IOException {
		this.owned.close();
		super.close();
	}

}
