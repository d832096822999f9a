package io.sandboxmanager.gateway;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

import org.awaitility.Awaitility;

/** A long body that is sent as fast as the other side takes it. */
final class Flood {

	private static final int PIECE = 64 * 1024;

	private final AtomicLong sent = new AtomicLong();

	private final CompletableFuture<Void> sending;

	/** Begins to send {@code size} bytes, of which byte n is n modulo 251. */
	Flood(Wire wire, long size) {
		this.sending = CompletableFuture.runAsync(() -> {
			while (this.sent.get() < size) {
				int length = (int) Math.min(PIECE, size - this.sent.get());
				wire.send(piece(this.sent.get(), length));
				this.sent.addAndGet(length);
			}
		});
	}

	/** How much was taken when nothing more is. */
	long stalled() {
		long[] last = { -1 };
		Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(700)).until(() -> {
			boolean same = this.sent.get() > 0 && this.sent.get() == last[0];
			last[0] = this.sent.get();
			return same;
		});
		return last[0];
	}

	void join() {
		this.sending.join();
	}

	/** Reads {@code size} bytes of a flood; whether each is what was sent. */
	static boolean arrives(Wire wire, long size) {
		for (long offset = 0; offset < size; offset += PIECE) {
			int length = (int) Math.min(PIECE, size - offset);
			if (!Arrays.equals(wire.bytes(length), piece(offset, length))) {
				return false;
			}
		}
		return true;
	}

	private static byte[] piece(long offset, int length) {
		byte[] piece = new byte[length];
		for (int i = 0; i < length; i++) {
			piece[i] = (byte) ((offset + i) % 251);
		}
		return piece;
	}

}
