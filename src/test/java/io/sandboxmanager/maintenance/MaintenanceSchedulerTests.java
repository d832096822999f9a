package io.sandboxmanager.maintenance;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** When tasks run. */
class MaintenanceSchedulerTests {

	private final HeldTask task = new HeldTask();

	private final HeldTask other = new HeldTask();

	private final MaintenanceScheduler scheduler = new MaintenanceScheduler(List.of(this.task, this.other));

	@AfterEach
	void close() {
		this.scheduler.close();
	}

	@Test
	void oneThatIsAskedForWhileItRunsRunsOnceMore() throws Exception {
		this.scheduler.runSoon(this.task);
		assertThat(this.task.hasBegun()).isTrue();
		this.scheduler.runSoon(this.task);
		this.scheduler.runSoon(this.task);
		this.scheduler.runSoon(this.other); // on the only other thread, so behind these
		assertThat(this.other.hasBegun()).isTrue();
		this.task.end();
		assertThat(this.task.hasBegun()).isTrue();
		this.task.end();
		this.other.end();
		this.scheduler.runSoon(this.other);
		assertThat(this.other.hasBegun()).isTrue();
		assertThat(this.task.begun.availablePermits()).as("further runs").isZero();
	}

	@Test
	void oneThatFailsRunsAgain() throws Exception {
		this.task.failure = new IllegalStateException("by chance");
		this.task.end();
		this.scheduler.runSoon(this.task);
		assertThat(this.task.hasBegun()).isTrue();
		this.scheduler.runSoon(this.task);
		assertThat(this.task.hasBegun()).isTrue();
	}

	/** Each run goes on until it is ended. */
	private static final class HeldTask implements MaintenanceTask {

		private final Semaphore begun = new Semaphore(0);

		private final Semaphore ended = new Semaphore(0);

		private volatile @Nullable RuntimeException failure;

		boolean hasBegun() throws InterruptedException {
			return this.begun.tryAcquire(10, TimeUnit.SECONDS);
		}

		void end() {
			this.ended.release();
		}

		@Override
		public String name() {
			return "held";
		}

		@Override
		public Duration interval() {
			return Duration.ZERO;
		}

		@Override
		public void run() {
			this.begun.release();
			this.ended.acquireUninterruptibly();
			RuntimeException planned = this.failure;
			if (planned != null) {
				throw planned;
			}
		}

	}

}
