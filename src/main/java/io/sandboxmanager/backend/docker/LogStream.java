package io.sandboxmanager.backend.docker;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.model.Frame;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A container's log as a stream of bytes. Between the engine and a slow reader there is a
 * small bounded queue; when it is full, the engine waits.
 */
final class LogStream extends InputStream {

	private static final Logger LOGGER = LoggerFactory.getLogger(LogStream.class);

	private static final int QUEUED_FRAMES = 64;

	private static final byte[] END = new byte[0];

	private final BlockingQueue<byte[]> frames = new ArrayBlockingQueue<>(QUEUED_FRAMES);

	private final CompletableFuture<Void> begun = new CompletableFuture<>();

	private final AtomicBoolean closed = new AtomicBoolean();

	private final Runnable onClose;

	private volatile @Nullable Closeable source;

	private byte[] frame = END;

	private int position;

	private boolean ended;

	LogStream(Runnable onClose) {
		this.onClose = onClose;
	}

	ResultCallback<Frame> receiver() {
		return new Receiver();
	}

	/** Waits until the engine has accepted the request. */
	void awaitBegin(Duration limit) {
		try {
			this.begun.get(limit.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new UncheckedIOException(new InterruptedIOException("interrupted"));
		}
		catch (TimeoutException ex) {
			throw new UncheckedIOException(new IOException("no answer within " + limit.toMillis() + " ms"));
		}
		catch (ExecutionException ex) {
			throw (ex.getCause() instanceof RuntimeException cause) ? cause : new IllegalStateException(ex);
		}
	}

	@Override
	public int read() throws IOException {
		byte[] one = new byte[1];
		return (read(one, 0, 1) == -1) ? -1 : Byte.toUnsignedInt(one[0]);
	}

	@Override
	public int read(byte[] target, int offset, int length) throws IOException {
		Objects.checkFromIndexSize(offset, length, target.length);
		if (length == 0) {
			return 0;
		}
		if (this.position == this.frame.length && !next()) {
			return -1;
		}
		int count = Math.min(length, this.frame.length - this.position);
		System.arraycopy(this.frame, this.position, target, offset, count);
		this.position += count;
		return count;
	}

	private boolean next() throws IOException {
		if (this.ended) {
			return false;
		}
		try {
			this.frame = this.frames.take();
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new InterruptedIOException("interrupted while waiting for the log");
		}
		this.position = 0;
		this.ended = this.frame.length == 0;
		return !this.ended;
	}

	@Override
	public void close() {
		if (!this.closed.compareAndSet(false, true)) {
			return;
		}
		this.onClose.run();
		closeSource();
		this.frames.clear();
		if (!this.frames.offer(END)) {
			LOGGER.trace("The log was closed while more of it came");
		}
	}

	private void closeSource() {
		Closeable open = this.source;
		if (open == null) {
			return;
		}
		try {
			open.close();
		}
		catch (IOException ex) {
			LOGGER.debug("Could not close a log", ex);
		}
	}

	private final class Receiver implements ResultCallback<Frame> {

		@Override
		public void onStart(Closeable stream) {
			LogStream.this.source = stream;
			LogStream.this.begun.complete(null);
			if (LogStream.this.closed.get()) {
				closeSource();
			}
		}

		@Override
		public void onNext(Frame frame) {
			// The sender uses its buffer again.
			byte[] payload = frame.getPayload().clone();
			if (payload.length > 0) {
				put(payload);
			}
		}

		@Override
		public void onError(Throwable error) {
			if (!LogStream.this.begun.completeExceptionally(error)) {
				LOGGER.debug("A log has ended early", error);
				put(END);
			}
		}

		@Override
		public void onComplete() {
			put(END);
		}

		@Override
		public void close() {
			LogStream.this.close();
		}

		/** Waits for room; closing the stream interrupts this thread. */
		private void put(byte[] piece) {
			try {
				if (!LogStream.this.closed.get()) {
					LogStream.this.frames.put(piece);
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
			}
		}

	}

}
