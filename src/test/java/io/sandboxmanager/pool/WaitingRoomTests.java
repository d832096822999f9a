package io.sandboxmanager.pool;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.backend.testing.Operation;
import io.sandboxmanager.backend.testing.Operation;
import io.sandboxmanager.lifecycle.World;
import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.NoWarmSandboxException;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.TestSandboxes;

import static io.sandboxmanager.sandbox.TestSandboxes.NOW;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/** What callers get who find a pool empty and are to wait, or to do without. */
class WaitingRoomTests {

	@TempDir
	private Path folder;

	private World world;

	@BeforeEach
	void begin() {
		this.world = new World(this.folder, 1, null, OnMiss.WAIT);
	}

	@AfterEach
	void end() {
		this.world.close();
	}

	private Sandbox take(World from) {
		return from.pools.take("base", TestSandboxes.claim("s", NOW), () -> false).orElseThrow();
	}

	private CompletableFuture<Sandbox> waiting(int place) {
		CompletableFuture<Sandbox> waiting = CompletableFuture.supplyAsync(() -> take(this.world));
		await().until(() -> this.world.pools.status().get(0).waiting() == place);
		return waiting;
	}

	@Test
	void whoWaitsGetsTheNextMemberInTheOrderOfArrival() throws Exception {
		this.world.fill();
		take(this.world);
		CompletableFuture<Sandbox> first = waiting(1);
		CompletableFuture<Sandbox> second = waiting(2);
		await().untilAsserted(() -> {
			this.world.fill();
			assertThat(first).isCompleted();
		});
		await().untilAsserted(() -> {
			this.world.fill();
			assertThat(second).isCompleted();
		});
		assertThat(first.get().timeline().createdAt()).isBeforeOrEqualTo(second.get().timeline().createdAt());
		assertThat(first.get().id()).isNotEqualTo(second.get().id());
	}

	@Test
	void atTheLimitTheMembersOfOtherTypesMakeRoomForWhoWaits() throws Exception {
		Path catalogue = Files.writeString(this.folder.resolve("types.yaml"), """
				types:
				  base: { image: runtime-sandbox-base, pool: { min: 0, max: 1 } }
				  browser: { image: runtime-sandbox-browser, pool: { min: 2 } }
				""");
		try (World full = new World(this.folder.resolve("full"), catalogue, 2, OnMiss.WAIT)) {
			full.fill();
			assertThat(full.store.warm("browser")).hasSize(2);
			CompletableFuture<Sandbox> waiting = CompletableFuture.supplyAsync(() -> take(full));
			await().untilAsserted(() -> {
				full.fill();
				assertThat(waiting).isCompleted();
			});
			assertThat(waiting.get().kind().type()).isEqualTo("base");
			assertThat(full.store.warm("browser")).hasSize(1);
		}
	}

	@Test
	void whoWaitsGetsAMemberOfBeforeTheImageHasChangedWhereNoOtherIsThere() {
		this.world.fill();
		Sandbox old = this.world.store.warm("base").get(0);
		this.world.backend.changeImage(this.world.catalogue.find("base").image());
		this.world.backend.faults().failAlways(Operation.START, () -> new EngineUnreachableException("gone", null));
		this.world.fill();
		assertThat(take(this.world).id()).isEqualTo(old.id());
	}

	@Test
	void whatIsKeptForOthersMakesRoomForWhoWaits() throws Exception {
		Path catalogue = Files.writeString(this.folder.resolve("types.yaml"), """
				types:
				  base: { image: runtime-sandbox-base, pool: { min: 1, max: 1 }, reuse: { max_uses: 9 } }
				""");
		try (World reusing = new World(this.folder.resolve("reusing"), catalogue, 0, OnMiss.WAIT)) {
			reusing.fill();
			reusing.backend.faults().failAlways(Operation.START, () -> new EngineUnreachableException("gone", null));
			Sandbox first = take(reusing);
			reusing.release.release(first.id());
			reusing.runBackground();
			reusing.backend.faults().clear();
			reusing.clock.advance(Duration.ofMinutes(1));
			assertThat(reusing.pools.status().get(0).used()).isEqualTo(1);
			Claim other = new Claim(new Owner("other"), TestSandboxes.request("s"), reusing.clock.instant(),
					Duration.ofMinutes(5), Duration.ofHours(24));
			CompletableFuture<Optional<Sandbox>> waiting = CompletableFuture
				.supplyAsync(() -> reusing.pools.take("base", other, () -> false));
			await().untilAsserted(() -> {
				reusing.fill();
				assertThat(waiting).isCompleted();
			});
			assertThat(waiting.get().orElseThrow().requirePlacement().ref())
				.isNotEqualTo(first.requirePlacement().ref());
		}
	}

	@Test
	void whoHasHungUpLeavesTheNextMemberToOthers() throws Exception {
		this.world.fill();
		take(this.world);
		AtomicBoolean left = new AtomicBoolean();
		CompletableFuture<Optional<Sandbox>> waiting = CompletableFuture
			.supplyAsync(() -> this.world.pools.take("base", TestSandboxes.claim("s", NOW), left::get));
		await().until(() -> this.world.pools.status().get(0).waiting() == 1);
		left.set(true);
		await().untilAsserted(() -> {
			this.world.fill();
			assertThat(waiting).isCompletedExceptionally();
		});
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(waiting::get)
			.withMessageContaining("the caller has left");
		this.world.fill();
		assertThat(this.world.pools.status().get(0).waiting()).isZero();
		assertThat(take(this.world)).isNotNull();
	}

	@Test
	void oneTooManyIsToldSoAtOnceWithTheReason() {
		this.world.backend.faults().failAlways(Operation.START, () -> new EngineUnreachableException("gone", null));
		this.world.fill();
		CompletableFuture<Sandbox> first = waiting(1);
		CompletableFuture<Sandbox> second = waiting(2);
		assertThatExceptionOfType(NoWarmSandboxException.class).isThrownBy(() -> take(this.world))
			.withMessageContaining("2 callers wait")
			.withMessageContaining("gone");
		assertThat(first).isNotDone();
		assertThat(second).isNotDone();
	}

	@Test
	void whoHasWaitedTooLongIsToldHisPlaceAndTheReason() throws Exception {
		this.world.backend.faults().failAlways(Operation.START, () -> new EngineUnreachableException("gone", null));
		this.world.fill();
		CompletableFuture<Sandbox> first = waiting(1);
		CompletableFuture<Sandbox> second = waiting(2);
		this.world.clock.advance(Duration.ofSeconds(31));
		this.world.pools.resize("base", Optional.empty()); // rings the bell
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> first.get(10, TimeUnit.SECONDS))
			.withCauseInstanceOf(NoWarmSandboxException.class)
			.withMessageContaining("within 30 s, at place 1 of")
			.withMessageContaining("gone");
		assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> second.get(10, TimeUnit.SECONDS));
		assertThat(this.world.pools.status().get(0).waiting()).isZero();
	}

	@Test
	void whereAMissIsAFailureNobodyWaits() {
		try (World strict = new World(this.folder.resolve("strict"), 1, null, OnMiss.FAIL)) {
			assertThatExceptionOfType(NoWarmSandboxException.class).isThrownBy(() -> take(strict))
				.withMessageContaining("no warm sandbox of type base is there");
			strict.fill();
			assertThat(take(strict)).isNotNull();
		}
	}

}
