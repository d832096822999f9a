package io.sandboxmanager.gateway;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SecureNioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.apache.tomcat.util.net.SocketWrapperBase.BlockingMode;
import org.apache.tomcat.util.net.SocketWrapperBase.CompletionState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The client's side of a tunnel, on the web server's connection. That is closed only when
 * no operation is under way, because the web server uses the objects of a closed
 * connection for the next one. An operation that waits for the network is ended by
 * shutting down the socket below it, which the client sees at once.
 */
final class TunnelClient {

	private static final Logger logger = LoggerFactory.getLogger(TunnelClient.class);

	private static final long NO_TIMEOUT = -1;

	private final SocketWrapperBase<?> wrapper;

	private final SocketChannel socket;

	private final boolean secure;

	private boolean reading;

	private boolean writing;

	private boolean closing;

	TunnelClient(SocketWrapperBase<?> wrapper) {
		this.wrapper = wrapper;
		NioChannel channel = (NioChannel) wrapper.getSocket();
		this.socket = channel.getIOChannel();
		this.secure = channel instanceof SecureNioChannel;
	}

	/**
	 * Reads what is there, into an empty buffer.
	 * @return whether there was something; if not, {@code outcome} is told when there is,
	 * or that there is no more
	 */
	boolean read(ByteBuffer buffer, Outcome outcome) {
		if (!begin(true)) {
			return false;
		}
		CompletionState state = this.wrapper.read(BlockingMode.CLASSIC, NO_TIMEOUT, TimeUnit.MILLISECONDS, outcome,
				SocketWrapperBase.READ_DATA, new Handler(true), buffer);
		return isDone(state, true);
	}

	/**
	 * Writes all of the buffer.
	 * @return whether that is done; if not, {@code outcome} is told when it is, or that
	 * it failed
	 */
	boolean write(ByteBuffer buffer, Outcome outcome) {
		if (!begin(false)) {
			return false;
		}
		CompletionState state = this.wrapper.write(BlockingMode.CLASSIC, NO_TIMEOUT, TimeUnit.MILLISECONDS, outcome,
				SocketWrapperBase.COMPLETE_WRITE, new Handler(false), buffer);
		return isDone(state, false);
	}

	/** Runs something on a thread of the web server. */
	void execute(Runnable task) {
		this.wrapper.execute(task);
	}

	/** Tells the client that nothing more comes, after all that was written. */
	void finish() {
		if (this.secure) {
			close();
			return;
		}
		shutDown(this.socket::shutdownOutput);
	}

	void close() {
		boolean idle;
		boolean write;
		synchronized (this) {
			if (this.closing) {
				return;
			}
			this.closing = true;
			idle = !this.reading && !this.writing;
			write = this.writing;
		}
		if (idle) {
			this.wrapper.close();
			return;
		}
		if (write || !this.secure) {
			shutDown(this.socket::shutdownOutput);
		}
		shutDown(this.socket::shutdownInput);
	}

	private synchronized boolean begin(boolean read) {
		if (this.closing) {
			return false;
		}
		this.reading |= read;
		this.writing |= !read;
		return true;
	}

	private boolean isDone(CompletionState state, boolean read) {
		if (state == CompletionState.INLINE) {
			end(read);
			return true;
		}
		return false;
	}

	private void end(boolean read) {
		boolean last;
		synchronized (this) {
			this.reading &= !read;
			this.writing &= read;
			last = this.closing && !this.reading && !this.writing;
		}
		if (last) {
			this.wrapper.close();
		}
	}

	private static void shutDown(Shutdown shutdown) {
		try {
			shutdown.run();
		}
		catch (IOException ex) {
			logger.debug("The client had left before its connection was closed", ex);
		}
	}

	/** Told about an operation that was not done at once. */
	interface Outcome {

		void done();

		void failed();

	}

	@FunctionalInterface
	private interface Shutdown {

		void run() throws IOException;

	}

	private final class Handler implements CompletionHandler<Long, Outcome> {

		private final boolean read;

		Handler(boolean read) {
			this.read = read;
		}

		@Override
		public void completed(Long size, Outcome outcome) {
			end(this.read);
			outcome.done();
		}

		@Override
		public void failed(Throwable ex, Outcome outcome) {
			end(this.read);
			outcome.failed();
		}

	}

}
