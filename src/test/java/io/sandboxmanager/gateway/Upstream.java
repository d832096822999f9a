package io.sandboxmanager.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;

/** What stands for a sandbox: a port whose connections a test answers by hand. */
public final class Upstream implements AutoCloseable {

	private static final int TIMEOUT = 15_000;

	private static final int MOMENT = 300;

	private final ServerSocket server;

	public Upstream() {
		try {
			this.server = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public URI url() {
		return URI.create("http://127.0.0.1:" + this.server.getLocalPort());
	}

	/** The next connection; waits for it. */
	public Wire accept() {
		try {
			return new Wire(accept(TIMEOUT));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Whether nobody connects within a moment. */
	public boolean isLeftAlone() {
		try {
			accept(MOMENT).close();
			return false;
		}
		catch (SocketTimeoutException ex) {
			return true;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private Socket accept(int millis) throws IOException {
		this.server.setSoTimeout(millis);
		return this.server.accept();
	}

	@Override
	public void close() {
		try {
			this.server.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
