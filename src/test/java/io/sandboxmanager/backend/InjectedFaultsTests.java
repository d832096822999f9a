package io.sandboxmanager.backend;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.sandboxmanager.backend.testing.InMemoryContainerBackend;
import io.sandboxmanager.sandbox.IsolationProfile;
import io.sandboxmanager.sandbox.Resources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class InjectedFaultsTests {

	private final InMemoryContainerBackend engine = InMemoryContainerBackend.withoutAgents(Clock.systemUTC());

	private final List<Duration> pauses = new ArrayList<>();

	private ContainerBackend backend(String faults) {
		return new InjectedFaults(faults, RandomGenerator.getDefault(), this.pauses::add).over(this.engine);
	}

	private static ContainerSpec spec() {
		return new ContainerSpec("name", "image", Map.of(), Map.of(), Resources.DEFAULT, IsolationProfile.AUTO, 80,
				List.of());
	}

	@Test
	void aFailedOperationDoesNothing() {
		assertThatExceptionOfType(EngineUnreachableException.class)
			.isThrownBy(() -> backend("start:fail=1").start(spec()))
			.withMessageContaining("injected");
		assertThat(this.engine.size()).isZero();
	}

	@Test
	void aLostAnswerIsToWorkThatWasDone() {
		assertThatExceptionOfType(EngineUnreachableException.class)
			.isThrownBy(() -> backend("start:lose=1").start(spec()));
		assertThat(this.engine.size()).isOne();
	}

	@Test
	void aPortMayBeTaken() {
		assertThatExceptionOfType(PortTakenException.class).isThrownBy(() -> backend("start:clash=1").start(spec()));
	}

	@Test
	void aContainerMayEndRightAfterItsStart() {
		ContainerBackend backend = backend("start:kill=1");
		assertThat(backend.status(backend.start(spec()).ref())).isEqualTo(ContainerStatus.EXITED);
	}

	@Test
	void anOperationMayTakeItsTimeAndOthersDoNot() {
		ContainerBackend backend = backend("start:delay=2000 remove:fail=0");
		backend.remove(backend.start(spec()).ref());
		assertThat(this.pauses).containsExactly(Duration.ofSeconds(2));
		assertThat(this.engine.size()).isZero();
	}

	@Test
	void whatTheEngineItselfRefusesIsThrownAsItIs() {
		this.engine.dropImage("image");
		assertThatExceptionOfType(ImageMissingException.class)
			.isThrownBy(() -> backend("start:fail=0").prepareImage("image"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "start", "start:fail", "start:fail=2", "start:explode=1", "start:delay=1s" })
	void otherWordsAreRefused(String words) {
		assertThatIllegalArgumentException().isThrownBy(() -> backend(words)).withMessageContaining("start:fail=0.2");
	}

}
