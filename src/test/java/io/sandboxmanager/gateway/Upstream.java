package io.sandboxmanager.gateway;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
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
			this.server.setSoTimeout(TIMEOUT);
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
			return new Wire(this.server.accept());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Whether nobody connects within a moment. */
	public boolean isLeftAlone() {
		try {
			this.server.setSoTimeout(MOMENT);
			try {
				this.server.accept().close();
				return false;
			}
			catch (SocketTimeoutException ex) {
				return true;
			}
			finally {
				this.server.setSoTimeout(TIMEOUT);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
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
