package io.sandboxmanager.gateway;

import java.io.IOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

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

	private final AtomicInteger waiting = new AtomicInteger();

	private final Queue<Selector> selectors = new ConcurrentLinkedQueue<>();

	/**
	 * Creates the place to wait.
	 * @param most how many threads may wait at the same time
	 */
	NextRequest(IntSupplier most) {
		this.most = most;
	}

	/**
	 * Whether something comes at once over a connection that is between requests: a
	 * request, or its end.
	 */
	boolean comes(SocketChannel connection) throws IOException {
		try {
			return this.waiting.incrementAndGet() <= this.most.getAsInt() && awaited(connection);
		}
		finally {
			this.waiting.decrementAndGet();
		}
	}

	/** One that failed is not used again. */
	private boolean awaited(SocketChannel connection) throws IOException {
		Selector kept = this.selectors.poll();
		Selector selector = (kept != null) ? kept : Selector.open();
		boolean whole = false;
		try {
			boolean came = awaited(connection, selector);
			whole = true;
			return came;
		}
		finally {
			if (whole) {
				this.selectors.add(selector);
			}
			else {
				selector.close();
			}
		}
	}

	private static boolean awaited(SocketChannel connection, Selector selector) throws IOException {
		SelectionKey key = connection.register(selector, SelectionKey.OP_READ);
		try {
			return selector.select(MOMENT) > 0;
		}
		finally {
			key.cancel();
			selector.selectNow(); // the connection is free for others from here on
		}
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

}
