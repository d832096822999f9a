package io.sandboxmanager.lifecycle;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.PoolStatus;
import io.sandboxmanager.sandbox.ProvisioningException;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxRequest;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.StateUnavailableException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * What comes of steps that the state has done and of which nobody learned: no sandbox has
 * two owners, and none is lost for ever.
 */
class LostAnswersTests {

	private static final int SIZE = 2;

	/** After which an attempt that nobody speaks for is given up. */
	private static final Duration MAKER_SILENCE = Duration.ofSeconds(10);

	private static final Duration RETRY = Duration.ofSeconds(10);

	private static final Duration LIFETIME = Duration.ofHours(24);

	@TempDir
	private Path folder;

	private World world;

	@BeforeEach
	void begin() {
		this.world = new World(this.folder, SIZE, SIZE + 1);
		this.world.fill();
	}

	@AfterEach
	void end() {
		this.world.close();
	}

	private void lose(String operation, ThrowingCallable call) {
		this.world.storeFaults.loseNextAnswer(operation);
		assertThatThrownBy(call).isInstanceOf(StateUnavailableException.class).hasMessageContaining(operation);
		assertThat(this.world.storeFaults.areUsedUp()).isTrue();
	}

	/** The one that was handed out, and that its owner does not know. */
	private Sandbox unknownToItsOwner() {
		return this.world.store.page(Optional.empty(), 10)
			.stream()
			.filter((sandbox) -> sandbox.state() == SandboxState.RUNNING)
			.findFirst()
			.orElseThrow();
	}

	private void passAndSettle(Duration time) {
		this.world.pass(time);
		this.world.fill();
	}

	private void assertOnlyThePoolIsLeft() {
		List<Sandbox> warm = this.world.store.warm("base");
		assertThat(warm).hasSize(SIZE);
		assertThat(this.world.backend.size()).isEqualTo(SIZE);
		assertThat(this.world.store.containers(warm.get(0).requirePlacement().engineId()).values())
			.containsExactlyInAnyOrderElementsOf(warm.stream().map(Sandbox::id).toList());
		assertThat(this.world.store.page(Optional.empty(), 10)).filteredOn((record) -> record.state().isOccupying())
			.hasSameElementsAs(warm);
	}

	@Test
	void aMemberThatWasClaimedWithoutAnAnswerIsNobodyElsesAndRecycledWithItsSession() {
		lose("claimWarm", () -> this.world.acquire("lost"));
		Sandbox lost = unknownToItsOwner();
		SandboxId mine = this.world.acquire("s").id();
		assertThat(mine).isNotEqualTo(lost.id());
		this.world.release.release(mine);
		this.world.runBackground();
		passAndSettle(World.IDLE);
		assertThat(this.world.now(lost).state()).isEqualTo(SandboxState.RECYCLED);
		assertOnlyThePoolIsLeft();
	}

	@Test
	void aMemberThatWasClaimedWithoutAnAnswerNorASessionIsReleasedAtTheEndOfItsLife() {
		lose("claimWarm", () -> this.world.creation.acquire(this.world.base(), Owner.ANONYMOUS, SandboxRequest.PLAIN));
		Sandbox lost = unknownToItsOwner();
		this.world.clock.advance(LIFETIME);
		passAndSettle(Duration.ZERO);
		assertThat(this.world.now(lost).state()).isEqualTo(SandboxState.RELEASED);
		assertOnlyThePoolIsLeft();
	}

	@Test
	void aSlotThatWasTakenWithoutAnAnswerIsFreeAgainWhenNobodySpeaksForIt() {
		lose("insert", () -> this.world.create(SandboxRequest.PLAIN));
		assertThat(this.world.store.page(Optional.empty(), 10)).hasSize(SIZE + 1);
		passAndSettle(MAKER_SILENCE);
		assertOnlyThePoolIsLeft();
		assertThat(this.world.store.page(Optional.empty(), 10)).hasSize(SIZE);
	}

	@Test
	void aSandboxThatIsReadyThoughItsMakerWasToldOtherwiseIsReleasedWhenTheStateIsBack() {
		StateUnavailableException away = new StateUnavailableException("away", null);
		this.world.storeFaults.beforeNext("update", 3, () -> {
			this.world.storeFaults.loseNextAnswer("update");
			this.world.storeFaults.failNext("update", away);
			this.world.storeFaults.failNext("find", away);
		});
		assertThatThrownBy(() -> this.world.create(SandboxRequest.PLAIN)).isInstanceOf(ProvisioningException.class);
		assertThat(this.world.storeFaults.areUsedUp()).isTrue();
		Sandbox lost = unknownToItsOwner();
		this.world.unheard.retry();
		this.world.runBackground();
		assertThat(this.world.now(lost).state()).isEqualTo(SandboxState.RELEASED);
		assertOnlyThePoolIsLeft();
	}

	@Test
	void aReleaseWithoutAnAnswerIsFinishedByItsDeadline() {
		Sandbox mine = this.world.acquire("s");
		lose("update", () -> this.world.release.release(mine.id()));
		assertThat(this.world.now(mine).state()).isEqualTo(SandboxState.RELEASING);
		passAndSettle(RETRY);
		assertThat(this.world.now(mine).state()).isEqualTo(SandboxState.RELEASED);
		assertOnlyThePoolIsLeft();
	}

	@Test
	void aReleaseThatIsAskedForAgainAfterALostAnswerReleasesNothingElse() {
		Sandbox mine = this.world.acquire("s");
		this.world.fill();
		lose("update", () -> this.world.release.release(mine.id()));
		this.world.release.release(mine.id());
		Sandbox others = this.world.acquire("other");
		this.world.release.release(mine.id());
		passAndSettle(RETRY);
		assertThat(this.world.now(mine).state()).isEqualTo(SandboxState.RELEASED);
		assertThat(this.world.now(others).state()).isEqualTo(SandboxState.RUNNING);
	}

	@Test
	void aRecyclingWithoutAnAnswerIsFinishedByItsDeadline() {
		Sandbox idle = this.world.acquire("idle");
		this.world.fill();
		lose("update", () -> this.world.pass(World.IDLE));
		assertThat(this.world.now(idle).state()).isEqualTo(SandboxState.RECYCLED);
		assertThat(this.world.backend.size()).isEqualTo(SIZE + 1);
		passAndSettle(RETRY);
		assertOnlyThePoolIsLeft();
	}

	@Test
	void aRecordWhoseEndHadNoAnswerIsNotLookedForAgain() {
		Sandbox mine = this.world.acquire("s");
		this.world.release.release(mine.id());
		this.world.storeFaults.loseNextAnswer("update");
		this.world.fill();
		assertThat(this.world.storeFaults.areUsedUp()).isTrue();
		passAndSettle(RETRY);
		assertThat(this.world.now(mine).state()).isEqualTo(SandboxState.RELEASED);
		assertOnlyThePoolIsLeft();
	}

	@Test
	void aDeadMemberWhoseRemovalHadNoAnswerIsReplacedOnce() {
		Sandbox dead = this.world.store.warm("base").get(0);
		lose("update", () -> this.world.pools.removeDead(dead));
		this.world.fill();
		passAndSettle(RETRY);
		assertThat(this.world.store.find(dead.id())).isEmpty();
		assertOnlyThePoolIsLeft();
	}

	@Test
	void aMemberWhoseRecordIsGoneWithoutAnAnswerIsReplacedOnce() {
		this.world.pools.removeDead(this.world.store.warm("base").get(0));
		this.world.storeFaults.loseNextAnswer("delete");
		this.world.fill();
		assertThat(this.world.storeFaults.areUsedUp()).isTrue();
		passAndSettle(RETRY);
		assertOnlyThePoolIsLeft();
	}

	/** The pool counts it as on its way until then. */
	@Test
	void aMemberThatWasBegunWithoutAnAnswerIsReplacedWhenNobodySpeaksForIt() {
		this.world.acquire("s");
		this.world.storeFaults.loseNextAnswer("insert");
		this.world.fill();
		assertThat(this.world.storeFaults.areUsedUp()).isTrue();
		assertPool(SIZE - 1, 1);
		passAndSettle(MAKER_SILENCE);
		assertPool(SIZE, 0);
		assertThat(this.world.backend.size()).isEqualTo(SIZE + 1);
	}

	private void assertPool(int warm, int starting) {
		PoolStatus status = this.world.pools.status().get(0);
		assertThat(List.of(status.warm(), status.starting(), status.stale())).containsExactly(warm, starting, 0);
	}

}
