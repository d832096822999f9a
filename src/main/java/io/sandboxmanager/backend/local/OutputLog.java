package io.sandboxmanager.backend.local;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Objects;

/**
 * What the first process of a sandbox has said: the last {@value #CAPACITY} bytes. Those
 * who follow it read on as it grows, and miss what they were too slow for.
 */
final class OutputLog {

	private static final int CAPACITY = 64 * 1024;

	private byte[] kept = new byte[0];

	/** How many bytes were said before those that are kept. */
	private long dropped;

	private boolean ended;

	synchronized void add(byte[] data) {
		byte[] all = Arrays.copyOf(this.kept, this.kept.length + data.length);
		System.arraycopy(data, 0, all, this.kept.length, data.length);
		int surplus = Math.max(0, all.length - CAPACITY);
		this.kept = Arrays.copyOfRange(all, surplus, all.length);
		this.dropped += surplus;
		notifyAll();
	}

	/** Nothing more is said, until it is begun again. */
	synchronized void end() {
		this.ended = true;
		notifyAll();
	}

	synchronized void begin() {
		this.ended = false;
	}

	InputStream open(boolean follow) {
		return new Reader(follow);
	}

	private final class Reader extends InputStream {

		private final boolean follow;

		private long position;

		private boolean closed;

		Reader(boolean follow) {
			this.follow = follow;
		}

		@Override
		public int read() throws IOException {
			byte[] one = new byte[1];
			return (read(one, 0, 1) == 1) ? one[0] & 0xff : -1;
		}

		@Override
		public int read(byte[] target, int offset, int length) throws IOException {
			Objects.checkFromIndexSize(offset, length, target.length);
			synchronized (OutputLog.this) {
				while (!this.closed && available() == 0 && this.follow && !OutputLog.this.ended) {
					pause();
				}
				int count = this.closed ? 0 : Math.min(length, available());
				if (count == 0) {
					return (length == 0) ? 0 : -1;
				}
				int from = (int) (this.position - OutputLog.this.dropped);
				System.arraycopy(OutputLog.this.kept, from, target, offset, count);
				this.position += count;
				return count;
			}
		}

		@Override
		public int available() {
			synchronized (OutputLog.this) {
				this.position = Math.max(this.position, OutputLog.this.dropped);
				return (int) (OutputLog.this.dropped + OutputLog.this.kept.length - this.position);
			}
		}

		private void pause() throws IOException {
			try {
				OutputLog.this.wait();
			}
			catch (InterruptedException ex) {
				Thread.currentThread().interrupt();
				throw new IOException("interrupted", ex);
			}
		}

		@Override
		public void close() {
			synchronized (OutputLog.this) {
				this.closed = true;
				OutputLog.this.notifyAll();
			}
		}

	}

}
