package io.sandboxmanager.gateway;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

import org.jspecify.annotations.Nullable;

/**
 * Lets a thread that has answered a client wait a moment for its next request, before it
 * gives the connection back to the thread that watches over all of them: who asks one
 * thing after another is served without a change of threads in between. How many wait
 * like this is limited, so that most threads are free for others.
 */
final class NextRequest implements AutoCloseable {

	/** In milliseconds: the shortest wait that a selector knows. */
	private static final long MOMENT = 1;

	private final IntSupplier most;

	private final AtomicInteger watches = new AtomicInteger();

	private final Queue<Selector> selectors = new ConcurrentLinkedQueue<>();

	/**
	 * Creates the place to wait.
	 * @param most how many threads may wait at the same time
	 */
	NextRequest(IntSupplier most) {
		this.most = most;
	}

	/** The watch over a connection, to be closed when it is left to others. */
	Watch over(SocketChannel connection) {
		return new Watch(connection);
	}

	/** How many selectors are kept. */
	int kept() {
		return this.selectors.size();
	}

	@Override
	public void close() throws IOException {
		for (Selector selector = this.selectors.poll(); selector != null; selector = this.selectors.poll()) {
			selector.close();
		}
	}

	/**
	 * One thread's watch over one connection. It goes on while a request is served, which
	 * saves half of what a wait costs, unless half of the places are taken: the others
	 * are for those who wait meanwhile.
	 */
	final class Watch implements AutoCloseable {

		private final SocketChannel connection;

		private @Nullable SelectionKey key;

		private Watch(SocketChannel connection) {
			this.connection = connection;
		}

		/**
		 * Whether something comes at once over the connection, which is between requests:
		 * a request, or its end.
		 */
		boolean sees() throws IOException {
			SelectionKey begun = (this.key != null) ? this.key : begin();
			if (begun == null) {
				return false;
			}
			this.key = begun;
			Selector selector = begun.selector();
			selector.selectedKeys().clear();
			boolean came = selector.select(MOMENT) > 0;
			if (NextRequest.this.watches.get() > NextRequest.this.most.getAsInt() / 2) {
				close();
			}
			return came;
		}

		/** Begins, where there is a place. */
		private @Nullable SelectionKey begin() throws IOException {
			SelectionKey begun = null;
			try {
				if (NextRequest.this.watches.incrementAndGet() <= NextRequest.this.most.getAsInt()) {
					begun = register();
				}
				return begun;
			}
			finally {
				if (begun == null) {
					NextRequest.this.watches.decrementAndGet();
				}
			}
		}

		/** One that failed is not used again. */
		private SelectionKey register() throws IOException {
			Selector kept = NextRequest.this.selectors.poll();
			Selector selector = (kept != null) ? kept : Selector.open();
			try {
				return this.connection.register(selector, SelectionKey.OP_READ);
			}
			catch (IOException | RuntimeException ex) {
				selector.close();
				throw ex;
			}
		}

		@Override
		public void close() throws IOException {
			if (this.key == null) {
				return;
			}
			Selector selector = this.key.selector();
			try {
				this.key.cancel();
				selector.selectNow(); // the connection is free for others from here on
				NextRequest.this.selectors.add(selector);
			}
			catch (IOException ex) {
				selector.close();
				throw ex;
			}
			finally {
				this.key = null;
				NextRequest.this.watches.decrementAndGet();
			}
		}

	}

}
