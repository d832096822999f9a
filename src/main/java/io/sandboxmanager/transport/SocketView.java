package io.sandboxmanager.transport;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.nio.channels.SocketChannel;

/**
 * A connection over a Unix domain socket for what knows only {@link Socket}: the JDK has
 * none, since its channels for such sockets know no read timeout. The channel belongs to
 * the caller: closing the view leaves it open, and not blocking.
 */
public class SocketView extends Socket {

	private final SocketChannel channel;

	private final SocketAddress remote;

	private final ChannelReader in;

	private final ChannelWriter out;

	private volatile int timeout;

	/** Looks at a channel that is connected. */
	public SocketView(SocketChannel channel) throws IOException {
		this.channel = channel;
		this.remote = channel.getRemoteAddress();
		channel.configureBlocking(false);
		this.in = new ChannelReader(channel, () -> this.timeout);
		this.out = new ChannelWriter(channel);
	}

	@Override
	public SocketChannel getChannel() {
		return this.channel;
	}

	@Override
	public InputStream getInputStream() {
		return this.in;
	}

	@Override
	public OutputStream getOutputStream() {
		return this.out;
	}

	@Override
	public synchronized void setSoTimeout(int timeout) {
		this.timeout = timeout;
	}

	@Override
	public synchronized int getSoTimeout() {
		return this.timeout;
	}

	@Override
	public void connect(SocketAddress endpoint, int timeout) throws IOException {
		throw new SocketException("already connected");
	}

	@Override
	public boolean isConnected() {
		return true;
	}

	@Override
	public boolean isBound() {
		return true;
	}

	@Override
	public boolean isClosed() {
		return !this.channel.isOpen();
	}

	@Override
	public void shutdownOutput() throws IOException {
		this.channel.shutdownOutput();
	}

	@Override
	public void shutdownInput() throws IOException {
		this.channel.shutdownInput();
	}

	/** Ends reads and writes that wait. */
	@Override
	public synchronized void close() throws IOException {
		this.in.wake();
		this.out.wake();
	}

	@Override
	public InetAddress getInetAddress() {
		return InetAddress.getLoopbackAddress();
	}

	@Override
	public SocketAddress getRemoteSocketAddress() {
		return this.remote;
	}

	@Override
	public InetAddress getLocalAddress() {
		return InetAddress.getLoopbackAddress();
	}

	@Override
	public int getPort() {
		return 0;
	}

	@Override
	public int getLocalPort() {
		return 0;
	}

	@Override
	public void setTcpNoDelay(boolean on) {
		// There is nothing to delay.
	}

	@Override
	public void setKeepAlive(boolean on) {
		// The kernel knows when the other side is gone.
	}

	@Override
	public void setReuseAddress(boolean on) {
		// It is connected already.
	}

	@Override
	public void setSoLinger(boolean on, int linger) {
		// What was written is with the other side.
	}

	@Override
	public int getSoLinger() {
		return -1;
	}

	@Override
	public String toString() {
		return "SocketView[" + this.channel + "]";
	}

}
