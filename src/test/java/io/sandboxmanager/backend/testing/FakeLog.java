package io.sandboxmanager.backend.testing;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** What a container has written; several may read it at the same time. */
final class FakeLog {

	private final ByteArrayOutputStream written = new ByteArrayOutputStream();

	private boolean ended;

	synchronized void open() {
		this.ended = false;
	}

	synchronized void end() {
		this.ended = true;
		notifyAll();
	}

	synchronized void append(String text) {
		this.written.writeBytes(text.getBytes(StandardCharsets.UTF_8));
		notifyAll();
	}

	InputStream read(boolean follow) {
		return new Reader(follow);
	}

	private final class Reader extends InputStream {

		private final boolean follow;

		private int position;

		private boolean closed;

		Reader(boolean follow) {
			this.follow = follow;
		}

		@Override
		public int read() throws InterruptedIOException {
			byte[] one = new byte[1];
			return (read(one, 0, 1) == -1) ? -1 : Byte.toUnsignedInt(one[0]);
		}

		@Override
		public int read(byte[] target, int offset, int length) throws InterruptedIOException {
			Objects.checkFromIndexSize(offset, length, target.length);
			synchronized (FakeLog.this) {
				awaitMore();
				int count = Math.min(length, FakeLog.this.written.size() - this.position);
				if (count == 0 && length > 0) {
					return -1;
				}
				System.arraycopy(FakeLog.this.written.toByteArray(), this.position, target, offset, count);
				this.position += count;
				return count;
			}
		}

		private void awaitMore() throws InterruptedIOException {
			try {
				while (this.follow && !this.closed && !FakeLog.this.ended
						&& this.position == FakeLog.this.written.size()) {
					FakeLog.this.wait();
				}
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				throw new InterruptedIOException("interrupted while waiting for the log");
			}
		}

		@Override
		public void close() {
			synchronized (FakeLog.this) {
				this.closed = true;
				FakeLog.this.notifyAll();
			}
		}

	}

}
