package io.sandboxmanager.backend.docker;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class WatchdogTests {

	private final Watchdog watchdog = new Watchdog();

	@AfterEach
	void close() {
		this.watchdog.close();
		assertThat(Thread.interrupted()).as("a stray interrupt").isFalse();
	}

	@Test
	void leavesWorkAloneThatIsDoneInTime() throws Exception {
		assertThat(this.watchdog.within(Duration.ofMinutes(1), () -> 42)).isEqualTo(42);
	}

	@Test
	void endsWorkThatTakesTooLong() {
		assertThatExceptionOfType(TimeoutException.class)
			.isThrownBy(() -> this.watchdog.within(Duration.ofMillis(20), WatchdogTests::waitForever))
			.withMessageContaining("20 ms");
	}

	@Test
	void passesAFailureOn() {
		IllegalStateException failure = new IllegalStateException("mine");
		assertThatExceptionOfType(IllegalStateException.class)
			.isThrownBy(() -> this.watchdog.within(Duration.ofMinutes(1), () -> {
				throw failure;
			}))
			.isSameAs(failure);
	}

	@Test
	void leavesNoInterruptBehindWhenWorkEndsAtTheLimit() throws Exception {
		for (int i = 0; i < 200; i++) {
			long end = System.nanoTime() + 1_000_000;
			this.watchdog.within(Duration.ofMillis(1), () -> {
				while (System.nanoTime() < end) {
					Thread.onSpinWait();
				}
				return end;
			});
			assertThat(Thread.currentThread().isInterrupted()).isFalse();
		}
	}

	private static Object waitForever() {
		try {
			new CountDownLatch(1).await();
			return "never";
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

}
