package io.sandboxmanager.lifecycle;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.pool.OnMiss;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxRequest;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.sandbox.TestSandboxes;
import io.sandboxmanager.store.Incarnation;

import static org.assertj.core.api.Assertions.assertThat;

/** Sandboxes that are used again after their release. */
class SandboxReuseTests {

	private static final String CATALOGUE = """
			types:
			  base:
			    image: runtime-sandbox-base
			    pool: { min: 1, max: 3 }
			    reuse: { max_uses: 2 }
			""";

	@TempDir
	private Path folder;

	private World world;

	@BeforeEach
	void begin() throws Exception {
		Path catalogue = Files.writeString(this.folder.resolve("types.yaml"), CATALOGUE);
		this.world = new World(this.folder, 1, catalogue, OnMiss.CREATE);
		this.world.fill();
	}

	@AfterEach
	void end() {
		this.world.close();
	}

	private Sandbox acquire(Owner owner) {
		Sandbox sandbox = this.world.creation.acquire(this.world.base(), owner, TestSandboxes.request("s"));
		this.world.fill();
		return sandbox;
	}

	private void release(Sandbox sandbox) {
		this.world.release.release(sandbox.id());
		this.world.fill();
	}

	private static String container(Sandbox sandbox) {
		return sandbox.requirePlacement().ref();
	}

	@Test
	void aReleasedSandboxComesBackForItsOwnerUnderAnotherName() {
		Sandbox first = acquire(Owner.ANONYMOUS);
		release(first);
		assertThat(this.world.runtime.resets).containsExactly(first.id());
		assertThat(this.world.now(first).state()).isEqualTo(SandboxState.RELEASED);
		Sandbox second = acquire(Owner.ANONYMOUS);
		assertThat(container(second)).isEqualTo(container(first));
		assertThat(second.name()).isNotEqualTo(first.name());
	}

	@Test
	void releasingItsFormerNameAgainTouchesNobody() {
		Sandbox first = acquire(Owner.ANONYMOUS);
		release(first);
		Sandbox second = acquire(Owner.ANONYMOUS);
		release(first);
		assertThat(this.world.now(second).state()).isEqualTo(SandboxState.RUNNING);
	}

	@Test
	void oneWhosePastIsNotKnownIsDestroyed() {
		Sandbox first = acquire(Owner.ANONYMOUS);
		this.world.store.page(Optional.empty(), 10).forEach((record) -> this.world.store.delete(record));
		this.world.compareWith(new Incarnation("another", this.world.clock.instant()));
		this.world.reconciliation.run(Duration.ZERO);
		release(this.world.now(first));
		assertThat(this.world.runtime.resets).isEmpty();
		assertThat(this.world.backend.spec(container(first))).isEmpty();
	}

	@Test
	void nobodyElseGetsIt() {
		Sandbox first = acquire(Owner.ANONYMOUS);
		release(first);
		Sandbox others = acquire(new Owner("another"));
		assertThat(container(others)).isNotEqualTo(container(first));
	}

	@Test
	void afterItsLastUseItIsDestroyed() {
		release(acquire(Owner.ANONYMOUS));
		Sandbox second = acquire(Owner.ANONYMOUS);
		assertThat(second.turns()).isEqualTo(2);
		release(second);
		assertThat(this.world.runtime.resets).hasSize(1);
		assertThat(this.world.backend.size()).isEqualTo(1);
	}

	@Test
	void whatCannotBeResetIsDestroyed() {
		this.world.runtime.dirty = true;
		Sandbox first = acquire(Owner.ANONYMOUS);
		release(first);
		assertThat(this.world.now(first).state()).isEqualTo(SandboxState.RELEASED);
		assertThat(this.world.backend.size()).isEqualTo(1);
	}

	@Test
	void whatWasMadeForItsOwnerAloneIsDestroyed() {
		Sandbox own = this.world.create(new SandboxRequest("s", Map.of("A", "b"), Map.of(), null, null));
		release(own);
		assertThat(this.world.runtime.resets).isEmpty();
	}

	@Test
	void aServerThatDiesWhileItResetsLeavesItToBeDestroyed() {
		Sandbox first = acquire(Owner.ANONYMOUS);
		this.world.release.release(first.id());
		this.world.forgetBackground();
		assertThat(this.world.now(first).state()).isEqualTo(SandboxState.RELEASING);
		this.world.passOnAnotherServer(Duration.ofSeconds(10));
		this.world.runBackground();
		assertThat(this.world.now(first).state()).isEqualTo(SandboxState.RELEASED);
		assertThat(this.world.backend.size()).isEqualTo(1);
	}

	@Test
	void aResetMayTakeLongerThanARemovalIsGiven() {
		Sandbox first = acquire(Owner.ANONYMOUS);
		this.world.runtime.meanwhile = () -> {
			for (int i = 0; i < 10; i++) {
				this.world.remover.keepAlive();
				this.world.passOnAnotherServer(Duration.ofSeconds(5));
			}
		};
		release(first);
		assertThat(container(acquire(Owner.ANONYMOUS))).isEqualTo(container(first));
	}

	@Test
	void oneThatIsBackThoughTheAnswerWasLostIsNotDestroyed() {
		Sandbox first = acquire(Owner.ANONYMOUS);
		this.world.storeFaults.loseNextAnswer("putBack");
		release(first);
		Sandbox second = acquire(Owner.ANONYMOUS);
		this.world.pass(Duration.ofMinutes(1));
		this.world.runBackground();
		assertThat(container(second)).isEqualTo(container(first));
		assertThat(this.world.backend.spec(container(second))).isPresent();
		assertThat(this.world.now(first).state()).isEqualTo(SandboxState.RELEASED);
	}

	@Test
	void oneOfWhichNobodyKnowsWhetherItIsBackIsDestroyedIfItIsNot() {
		Sandbox first = acquire(Owner.ANONYMOUS);
		this.world.storeFaults.failNext("putBack", new StateUnavailableException("away", null));
		release(first);
		assertThat(this.world.now(first).state()).isEqualTo(SandboxState.RELEASING);
		this.world.pass(Duration.ofSeconds(10));
		this.world.runBackground();
		assertThat(this.world.now(first).state()).isEqualTo(SandboxState.RELEASED);
		assertThat(this.world.backend.spec(container(first))).isEmpty();
	}

	@Test
	void aChangedImageIsNotUsedAgain() {
		Sandbox first = acquire(Owner.ANONYMOUS);
		this.world.backend.changeImage(this.world.base().image());
		this.world.fill();
		release(first);
		assertThat(this.world.runtime.resets).isEmpty();
	}

	@Test
	void whatIsKeptForAnOwnerWhoDoesNotComeBackIsGivenUpAfterTenMinutes() {
		release(acquire(Owner.ANONYMOUS));
		assertThat(this.world.pools.status().get(0).used()).isEqualTo(1);
		this.world.clock.advance(Duration.ofMinutes(10));
		verify();
		assertThat(this.world.pools.status().get(0).used()).isEqualTo(1);
		this.world.clock.advance(Duration.ofSeconds(1));
		verify();
		assertThat(this.world.pools.status().get(0).used()).isZero();
		assertThat(this.world.pools.status().get(0).warm()).as("nobody waits for these").isEqualTo(1);
	}

	private void verify() {
		this.world.fill();
		this.world.pools.verify((member) -> {
		}, Runnable::run, Duration.ofSeconds(10));
	}

	@Test
	void theReconcileKnowsAContainerThatHasChangedItsSandbox() {
		release(acquire(Owner.ANONYMOUS));
		int containers = this.world.backend.size();
		this.world.clock.advance(Duration.ofMinutes(1));
		assertThat(this.world.reconciliation.run(Duration.ZERO).isNone()).isTrue();
		assertThat(this.world.backend.size()).isEqualTo(containers);
	}

	@Test
	void aServerThatStopsPutsNothingBack() {
		Sandbox first = acquire(Owner.ANONYMOUS);
		this.world.release.release(first.id());
		this.world.pools.stop();
		this.world.runBackground();
		assertThat(this.world.now(first).state()).isEqualTo(SandboxState.RELEASED);
		assertThat(this.world.backend.size()).as("the fresh one").isEqualTo(1);
	}

	@Test
	void everythingIsDestroyedWhenAllIsReleased() {
		acquire(Owner.ANONYMOUS);
		this.world.pools.stop();
		this.world.release.releaseAll();
		this.world.runBackground();
		assertThat(this.world.backend.size()).isZero();
	}

}
