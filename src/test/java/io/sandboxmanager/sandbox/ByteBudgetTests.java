package io.sandboxmanager.sandbox;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;

/** How much is in memory at once, and that nobody waits forever for anybody. */
@Timeout(60)
class ByteBudgetTests {

	private static final int PIECE = ByteBudget.FREE;

	private static final int LARGEST = 8 * PIECE;

	private static final int TOTAL = 12 * PIECE;

	private final ByteBudget budget = budget(Duration.ofSeconds(30));

	@Test
	void smallOnesAreFree() throws IOException {
		try (HeldBytes full = held(LARGEST);
				HeldBytes more = held(TOTAL - LARGEST);
				HeldBytes small = held(PIECE - 1)) {
			assertThat(List.of(full.length(), more.length(), small.length())).containsExactly(LARGEST, TOTAL - LARGEST,
					PIECE - 1);
		}
	}

	@Test
	void manyThatAreHalfReadAllEndWithinTheBudget() throws Exception {
		int readers = 24;
		AtomicLong most = new AtomicLong();
		CyclicBarrier halfWay = new CyclicBarrier(readers);
		ExecutorService threads = Executors.newFixedThreadPool(readers);
		try {
			List<CompletableFuture<Integer>> all = IntStream.range(0, readers)
				.mapToObj((i) -> CompletableFuture.supplyAsync(() -> grow(halfWay, most), threads))
				.toList();
			for (CompletableFuture<Integer> each : all) {
				assertThat(each.get(40, TimeUnit.SECONDS)).isEqualTo(LARGEST);
			}
		}
		finally {
			threads.shutdownNow();
		}
		assertThat(most.get()).isBetween((long) LARGEST - PIECE, (long) TOTAL);
		assertThat(this.budget.held()).isZero();
	}

	@Test
	void whoFindsNoRoomInTimeIsTold() throws IOException {
		ByteBudget hurried = budget(Duration.ofMillis(1));
		try (HeldBytes first = held(hurried, LARGEST); HeldBytes second = held(hurried, TOTAL - LARGEST)) {
			assertThatExceptionOfType(ServerBusyException.class).isThrownBy(() -> held(hurried, LARGEST))
				.withMessageContaining("busy with large answers");
			first.close();
			held(hurried, LARGEST - PIECE).close();
		}
		assertThat(hurried.held()).isZero();
	}

	@Test
	void weightCountsEachByteSeveralTimes() throws IOException {
		try (HeldBytes heavy = new HeldBytes(this.budget, 4)) {
			heavy.read(zeros(2 * PIECE - 1), LARGEST);
			assertThat(this.budget.held()).isEqualTo(7L * PIECE);
			heavy.clear();
			assertThat(this.budget.held()).isEqualTo(7L * PIECE);
		}
		assertThat(this.budget.held()).isZero();
	}

	@Test
	void whatBreaksOffIsGivenBack() {
		assertThatIOException().isThrownBy(() -> {
			try (HeldBytes broken = new HeldBytes(this.budget, 1)) {
				broken.read(new SequenceInputStream(zeros(3 * PIECE), new Broken()), LARGEST);
			}
		});
		assertThat(this.budget.held()).isZero();
	}

	@Test
	void limitIsExact() throws IOException {
		for (int limit : new int[] { 0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE }) {
			try (HeldBytes fits = new HeldBytes(this.budget, 1); HeldBytes not = new HeldBytes(this.budget, 1)) {
				assertThat(fits.read(zeros(limit), limit)).isTrue();
				assertThat(fits.toByteArray()).hasSize(limit);
				assertThat(not.read(zeros(limit + 1), limit)).isFalse();
			}
		}
	}

	/** One piece, then all wait for each other, then the rest. */
	private int grow(CyclicBarrier halfWay, AtomicLong most) {
		try (ByteBudget.Share share = this.budget.open()) {
			share.grow(PIECE);
			halfWay.await(20, TimeUnit.SECONDS);
			int size = PIECE;
			for (; size < LARGEST; size += PIECE) {
				share.grow(PIECE);
				most.accumulateAndGet(this.budget.held(), Math::max);
			}
			return size;
		}
		catch (Exception ex) {
			throw new IllegalStateException(ex);
		}
	}

	private HeldBytes held(int length) throws IOException {
		return held(this.budget, length);
	}

	private static HeldBytes held(ByteBudget budget, int length) throws IOException {
		HeldBytes held = new HeldBytes(budget, 1);
		boolean read = false;
		try {
			read = held.read(zeros(length), length);
			return held;
		}
		finally {
			if (!read) {
				held.close();
			}
		}
	}

	private static InputStream zeros(int length) {
		return new ByteArrayInputStream(new byte[length]);
	}

	private static ByteBudget budget(Duration patience) {
		return new ByteBudget("large answers", TOTAL, LARGEST, patience);
	}

	/** A stream whose other end is gone. */
	private static final class Broken extends InputStream {

		@Override
		public int read() throws IOException {
			throw new IOException("gone");
		}

		@Override
		public int read(byte[] buffer, int offset, int length) throws IOException {
			throw new IOException("gone");
		}

	}

}
