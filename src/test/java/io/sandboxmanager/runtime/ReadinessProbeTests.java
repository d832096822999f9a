package io.sandboxmanager.runtime;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import io.sandboxmanager.sandbox.RawJson;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxUnreachableException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** How a new sandbox is waited for, with a clock that only sleeping moves. */
class ReadinessProbeTests {

	private final Sandbox sandbox = Sandboxes.unplaced(Duration.ofSeconds(60));

	private final List<Duration> pauses = new ArrayList<>();

	private final MovedClock clock = new MovedClock();

	private int probes;

	@Test
	void readySandboxIsFoundWithoutAPause() {
		awaitReady(Duration.ZERO, Duration.ofSeconds(60));
		assertThat(this.probes).isEqualTo(1);
		assertThat(this.pauses).isEmpty();
	}

	@Test
	void pausesBeginAtFiveMillisecondsAndGrowToAQuarterOfASecond() {
		awaitReady(Duration.ofSeconds(20), Duration.ofSeconds(60));
		assertThat(this.pauses).isSorted().startsWith(Duration.ofMillis(5)).endsWith(Duration.ofMillis(250));
		assertThat(this.pauses.get(1)).isGreaterThan(Duration.ofMillis(5));
	}

	@Test
	void quickSandboxIsFoundSoonAfterItIsReady() {
		awaitReady(Duration.ofMillis(300), Duration.ofSeconds(60));
		assertThat(this.clock.now).isBetween(Instant.EPOCH.plusMillis(300), Instant.EPOCH.plusMillis(400));
	}

	@Test
	void sandboxThatIsNeverReadyIsGivenUpAtTheDeadlineExactly() {
		assertThatExceptionOfType(SandboxUnreachableException.class)
			.isThrownBy(() -> awaitReady(Duration.ofHours(1), Duration.ofMillis(1234)))
			.withMessageContaining(this.sandbox.id().value())
			.withMessageContaining("waited 1234 ms, " + (this.pauses.size() + 1) + " probes");
		assertThat(this.clock.now).isEqualTo(Instant.EPOCH.plusMillis(1234));
	}

	@Test
	void lastProbeIsAtTheDeadline() {
		awaitReady(Duration.ofMillis(1234), Duration.ofMillis(1234));
		assertThat(this.clock.now).isEqualTo(Instant.EPOCH.plusMillis(1234));
	}

	@Test
	void containerThatEndedIsNotWaitedFor() {
		Instant end = Instant.EPOCH.plusMillis(100);
		assertThatExceptionOfType(SandboxUnreachableException.class).isThrownBy(() -> probe(Duration.ofHours(1))
			.awaitReady(this.sandbox, Duration.ofSeconds(60), () -> !this.clock.now.isBefore(end)))
			.withMessageContaining("its container ended");
		assertThat(this.clock.now).isBefore(Instant.EPOCH.plusMillis(200));
	}

	@Test
	void interruptEndsTheWaitAndIsKept() {
		ReadinessProbe interrupted = new ReadinessProbe(readyAfter(Duration.ofHours(1)), this.clock, (pause) -> {
			throw new InterruptedException();
		});
		assertThatExceptionOfType(SandboxUnreachableException.class)
			.isThrownBy(() -> interrupted.awaitReady(this.sandbox, Duration.ofSeconds(60), () -> false))
			.withMessageContaining("interrupted");
		assertThat(Thread.interrupted()).isTrue();
	}

	private void awaitReady(Duration ready, Duration limit) {
		probe(ready).awaitReady(this.sandbox, limit, () -> false);
	}

	private ReadinessProbe probe(Duration ready) {
		return new ReadinessProbe(readyAfter(ready), this.clock, (pause) -> {
			this.pauses.add(pause);
			this.clock.now = this.clock.now.plus(pause);
		});
	}

	private SandboxRuntime readyAfter(Duration ready) {
		return new SandboxRuntime() {

			@Override
			public void checkHealth(Sandbox sandbox) {
				ReadinessProbeTests.this.probes++;
				if (ReadinessProbeTests.this.clock.now.isBefore(Instant.EPOCH.plus(ready))) {
					throw new SandboxUnreachableException("not yet", null);
				}
			}

			@Override
			public RawJson listTools(Sandbox sandbox, @Nullable String group) {
				throw new AssertionError("not asked for");
			}

			@Override
			public RawJson callTool(Sandbox sandbox, @Nullable String tool, @Nullable JsonNode arguments) {
				throw new AssertionError("not asked for");
			}

			@Override
			public void addMcpServers(Sandbox sandbox, JsonNode serverConfigs, boolean overwrite) {
				throw new AssertionError("not asked for");
			}

			@Override
			public void reset(Sandbox sandbox) {
				throw new AssertionError("not asked for");
			}

		};
	}

	private static final class MovedClock extends Clock {

		private Instant now = Instant.EPOCH;

		@Override
		public Instant instant() {
			return this.now;
		}

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return this;
		}

	}

}
