package io.sandboxmanager.store.redis;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxRequest;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.sandbox.TestSandboxes;
import io.sandboxmanager.store.Admission;
import io.sandboxmanager.store.Incarnation;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.SlotLimits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

/** What happens when Redis fails, in whichever way. */
class RedisFaultsTests {

	private static final Duration LIMIT = Duration.ofSeconds(30);

	/** For those that are to wait in vain. */
	private static final Duration REDIS_TIMEOUT = Duration.ofSeconds(2);

	@RegisterExtension
	private final RedisServers servers = new RedisServers();

	@TempDir
	private Path folder;

	@Test
	void oneThatStopsAnsweringCostsItsLimitOnceAndIsBackByItself() {
		RedisServer redis = this.servers.start();
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).timeout(REDIS_TIMEOUT).properties())) {
			Sandbox sandbox = TestRedis.assertWorks(store);
			redis.freeze();
			assertThatExceptionOfType(StateUnavailableException.class).isThrownBy(() -> store.find(sandbox.id()))
				.withMessageContaining("did not answer in time");
			long begin = System.nanoTime();
			assertThatExceptionOfType(StateUnavailableException.class).isThrownBy(() -> store.find(sandbox.id()));
			assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(REDIS_TIMEOUT.multipliedBy(2));
			redis.thaw();
			await().atMost(LIMIT)
				.ignoreException(StateUnavailableException.class)
				.until(() -> store.find(sandbox.id()).isPresent());
		}
	}

	@Test
	void aStateThatWasLostBeginsAnewWithTheIdThatItsServersHad() {
		RedisServer redis = this.servers.start();
		RedisProperties properties = TestRedis.at(redis).properties();
		try (SandboxStore first = RedisSandboxStore.open(properties, this.folder)) {
			Incarnation before = first.incarnation();
			redis.cli("flushall");
			try (SandboxStore second = RedisSandboxStore.open(properties, this.folder)) {
				assertThat(second.managerId()).as("remembered in the folder").isEqualTo(first.managerId());
				assertThat(second.incarnation().since()).isAfter(before.since());
				assertThat(first.incarnation()).isEqualTo(second.incarnation());
			}
		}
	}

	@Test
	void aStateThatOthersHaveTakenMeanwhileIsRefused(@TempDir Path elsewhere) {
		RedisServer redis = this.servers.start();
		RedisProperties properties = TestRedis.at(redis).properties();
		try (SandboxStore first = RedisSandboxStore.open(properties, this.folder)) {
			redis.cli("flushall");
			try (SandboxStore newcomer = RedisSandboxStore.open(properties, elsewhere)) {
				assertThat(newcomer.managerId()).isNotEqualTo(first.managerId());
				assertThatExceptionOfType(StateUnavailableException.class).isThrownBy(first::incarnation)
					.withMessageContaining("belongs to other servers");
				assertThatExceptionOfType(StateUnavailableException.class).isThrownBy(first::sessions)
					.withMessageContaining("Restart this server to join them");
				TestRedis.assertWorks(newcomer);
			}
		}
	}

	@Test
	void afterARestartNoMemberFromBeforeIsHandedOut() {
		RedisServer redis = this.servers.start("--appendonly", "yes", "--dir", this.folder.toString());
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).properties())) {
			Sandbox warm = TestSandboxes.warm("base");
			store.insert(warm, Admission.within(SlotLimits.NONE));
			redis.kill();
			redis.startAgain();
			await().atMost(LIMIT).ignoreException(StateUnavailableException.class).untilAsserted(() -> {
				assertThat(store.claimWarm("base", TestSandboxes.HASH, TestSandboxes.claim("s", TestSandboxes.NOW)))
					.isEmpty();
			});
			assertThat(store.find(warm.id()).orElseThrow().state()).isEqualTo(SandboxState.RELEASING);
			assertThat(store.due(Instant.now(), 9)).extracting(Sandbox::id).containsExactly(warm.id());
			store.insert(TestSandboxes.warm("base"), Admission.within(SlotLimits.NONE));
			assertThat(store.claimWarm("base", TestSandboxes.HASH, TestSandboxes.claim("s", TestSandboxes.NOW)))
				.as("one from after it")
				.isPresent();
		}
	}

	/** A sandbox that Redis hands out without being heard. */
	private static Sandbox claimUnheard(SandboxStore store, RedisProxy proxy) {
		Sandbox warm = TestSandboxes.warm("base");
		store.insert(warm, Admission.within(SlotLimits.NONE));
		proxy.mute(true);
		assertThatExceptionOfType(StateUnavailableException.class)
			.isThrownBy(() -> store.claimWarm("base", TestSandboxes.HASH, TestSandboxes.claim("s", TestSandboxes.NOW)));
		proxy.mute(false);
		return warm;
	}

	@Test
	void aClaimThatIsCarriedOutUnheardIsTakenBack() throws IOException {
		RedisServer redis = this.servers.start();
		try (RedisProxy proxy = new RedisProxy(redis);
				SandboxStore store = TestRedis.open(TestRedis.at(proxy.port()).timeout(REDIS_TIMEOUT).properties())) {
			TestRedis.assertWorks(store); // from now on Redis knows the scripts
			Sandbox warm = claimUnheard(store, proxy);
			await().atMost(LIMIT)
				.ignoreException(StateUnavailableException.class)
				.until(() -> store.find(warm.id()).orElseThrow().state() == SandboxState.RELEASING);
			assertThat(store.find(warm.id()).orElseThrow().wasHandedOut()).isTrue();
		}
	}

	@Test
	void aClaimThatWaitsToBeTakenBackIsWhenTheServerStops() throws IOException {
		RedisServer redis = this.servers.start();
		try (RedisProxy proxy = new RedisProxy(redis);
				SandboxStore other = TestRedis.open(TestRedis.at(redis).properties());
				SandboxStore store = TestRedis.open(TestRedis.at(proxy.port()).timeout(REDIS_TIMEOUT).properties())) {
			TestRedis.assertWorks(store);
			Sandbox warm = claimUnheard(store, proxy);
			store.close();
			assertThat(other.find(warm.id()).orElseThrow().state()).isEqualTo(SandboxState.RELEASING);
		}
	}

	@Test
	void aClaimThatWasCarriedOutBeforeARestartIsTakenBack() throws IOException {
		RedisServer redis = this.servers.start();
		try (RedisProxy proxy = new RedisProxy(redis);
				SandboxStore store = TestRedis.open(TestRedis.at(proxy.port()).properties())) {
			TestRedis.assertWorks(store); // from now on Redis knows the scripts
			Sandbox warm = TestSandboxes.warm("base");
			store.insert(warm, Admission.within(SlotLimits.NONE));
			proxy.restartInsteadOfAnswering();
			assertThatExceptionOfType(StateUnavailableException.class)
				.isThrownBy(
						() -> store.claimWarm("base", TestSandboxes.HASH, TestSandboxes.claim("s", TestSandboxes.NOW)))
				.withMessageContaining("loading");
			proxy.loaded();
			await().atMost(LIMIT)
				.ignoreException(StateUnavailableException.class)
				.until(() -> store.find(warm.id()).orElseThrow().state() == SandboxState.RELEASING);
		}
	}

	@Test
	void aClaimThatComesAfterItWasTakenBackDoesNothing() {
		RedisServer server = this.servers.start();
		RedisProperties properties = TestRedis.at(server).properties();
		try (SandboxStore store = TestRedis.open(properties); Redis redis = new Redis(properties)) {
			store.insert(TestSandboxes.warm("base"), Admission.within(SlotLimits.NONE));
			List<Object> claim = List.of("base", TestSandboxes.HASH, "owner", "mark", "", 0, 0, "", "", "mark", "mark");
			redis.eval(Script.CANCEL_CLAIM, List.of("mark", Fields.text(Instant.now())));
			assertThat((List<?>) ((List<?>) redis.eval(Script.CLAIM, claim)).get(0)).isEmpty();
			assertThat(store.warm("base")).hasSize(1);
		}
	}

	@Test
	void anUnheardClaimIsTakenBackThoughWhatItGotHasEndedSince() {
		RedisServer server = this.servers.start();
		RedisProperties properties = TestRedis.at(server).properties();
		try (SandboxStore store = TestRedis.open(properties); Redis redis = new Redis(properties)) {
			Sandbox nobodys = endedSince(store, new Claim(Owner.ANONYMOUS, SandboxRequest.PLAIN, TestSandboxes.NOW,
					Duration.ofMinutes(1), Duration.ofHours(1)));
			Sandbox sessions = endedSince(store, TestSandboxes.claim("s", TestSandboxes.NOW));
			for (String mark : server.cli("--raw", "keys", "{sandbox-manager}:claim:*").lines().toList()) {
				redis.eval(Script.CANCEL_CLAIM,
						List.of(mark.substring(mark.lastIndexOf(':') + 1), Fields.text(Instant.now())));
			}
			assertThat(store.find(nobodys.id()).orElseThrow().state()).isEqualTo(SandboxState.RELEASING);
			assertThat(store.find(sessions.id())).as("its session may have it").contains(sessions);
		}
	}

	private static Sandbox endedSince(SandboxStore store, Claim claim) {
		store.insert(TestSandboxes.warm("base"), Admission.within(SlotLimits.NONE));
		Sandbox claimed = store.claimWarm("base", TestSandboxes.HASH, claim).orElseThrow();
		return store.update(claimed.stopped(TestSandboxes.NOW));
	}

	@Test
	void whatCannotBeReadKeepsNobodyFromTheRest() {
		RedisServer redis = this.servers.start();
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).properties())) {
			Sandbox broken = TestSandboxes.warm("base").due(TestSandboxes.NOW);
			Sandbox sound = TestSandboxes.warm("base").due(TestSandboxes.NOW);
			store.insert(broken, Admission.within(SlotLimits.NONE));
			store.insert(sound, Admission.within(SlotLimits.NONE));
			redis.cli("hset", "{sandbox-manager}:sandbox:" + broken.id().value(), "updatedAt", "soon");
			redis.cli("zadd", "{sandbox-manager}:deadlines", "1", "nobody");
			assertThatExceptionOfType(StateUnavailableException.class).isThrownBy(() -> store.find(broken.id()))
				.withMessageContaining(broken.id().value());
			assertThat(store.due(TestSandboxes.NOW, 9)).containsExactly(sound);
			assertThat(redis.cli("zscore", "{sandbox-manager}:deadlines", "nobody")).isEmpty();
			assertThat(store.find(broken.id())).as("nobody else would ever end it").isEmpty();
		}
	}

	@Test
	void howManyCannotBeReadKeepsNobodyFromTheRest() {
		RedisServer redis = this.servers.start();
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).properties())) {
			for (int i = 0; i < 5; i++) {
				Sandbox broken = TestSandboxes.warm("base").due(TestSandboxes.NOW);
				store.insert(broken, Admission.within(SlotLimits.NONE));
				redis.cli("hdel", "{sandbox-manager}:sandbox:" + broken.id().value(), "made");
			}
			Sandbox sound = TestSandboxes.warm("base").due(TestSandboxes.NOW.plusSeconds(1));
			store.insert(sound, Admission.within(SlotLimits.NONE));
			List<Sandbox> all = new ArrayList<>();
			store.visit(all::add);
			assertThat(all).containsExactly(sound);
			assertThat(store.page(Optional.empty(), 1)).containsExactly(sound);
			await().atMost(LIMIT)
				.until(() -> store.due(TestSandboxes.NOW.plusSeconds(1), 2), (due) -> due.equals(List.of(sound)));
			assertThat(RedisBooks.mistakes(redis)).isEmpty();
		}
	}

	@Test
	void aMemberThatCannotBeReadIsTakenOutOfUse() {
		RedisServer redis = this.servers.start();
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).properties())) {
			Sandbox broken = TestSandboxes.warm("base");
			Sandbox sound = TestSandboxes.warm("base");
			store.insert(broken, Admission.within(SlotLimits.NONE));
			store.insert(sound, Admission.within(SlotLimits.NONE));
			String key = "{sandbox-manager}:sandbox:" + broken.id().value();
			redis.cli("hdel", key, "made");
			Claim claim = TestSandboxes.claim("s", TestSandboxes.NOW);
			assertThatExceptionOfType(StateUnavailableException.class)
				.isThrownBy(() -> store.claimWarm("base", TestSandboxes.HASH, claim))
				.withMessageContaining(broken.id().value());
			await().atMost(LIMIT).until(() -> redis.cli("hget", key, "state").strip().equals("RELEASING"));
			assertThat(store.due(Instant.now(), 9)).isEmpty();
			assertThat(store.find(broken.id())).isEmpty();
			assertThat(store.claimWarm("base", TestSandboxes.HASH, claim).map(Sandbox::id)).contains(sound.id());
		}
	}

	@Test
	void aPrimaryThatHasBecomeAReplicaIsLeftForTheNewOne() throws Exception {
		RedisServer primary = this.servers.start();
		RedisServer replica = this.servers.start();
		replica.cli("replicaof", "127.0.0.1", Integer.toString(primary.port()));
		try (RedisProxy proxy = new RedisProxy(primary);
				SandboxStore store = TestRedis.open(TestRedis.at(proxy.port()).properties())) {
			Sandbox before = TestRedis.assertWorks(store);
			await().atMost(LIMIT).until(() -> !replica.cli("exists", recordOf(before)).strip().equals("0"));
			replica.cli("replicaof", "no", "one");
			primary.cli("replicaof", "127.0.0.1", Integer.toString(replica.port()));
			proxy.leadTo(replica);
			Sandbox next = TestSandboxes.warm("base");
			assertThatExceptionOfType(StateUnavailableException.class)
				.isThrownBy(() -> store.insert(next, Admission.within(SlotLimits.NONE)))
				.withMessageContaining("has become the replica of another");
			store.insert(next, Admission.within(SlotLimits.NONE));
			assertThat(store.find(before.id())).isPresent();
		}
	}

	private static String recordOf(Sandbox sandbox) {
		return "{sandbox-manager}:sandbox:" + sandbox.id().value();
	}

	@Test
	void aLeaseFromBeforeAStateWasLostIsGoodForNothing() {
		RedisServer redis = this.servers.start();
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).properties())) {
			Lease before = store.lease("fill", "one", LIMIT).orElseThrow();
			redis.cli("flushall");
			assertThat(store.lease("fill", "two", LIMIT).orElseThrow().token()).isGreaterThan(before.token());
		}
	}

	@Test
	void oneThatWasRestartedIsUsedAgainAndKnownToBeEmpty() {
		RedisServer redis = this.servers.start();
		try (SandboxStore store = TestRedis.open(TestRedis.at(redis).properties())) {
			Sandbox sandbox = TestRedis.assertWorks(store);
			Incarnation before = store.incarnation();
			redis.kill();
			assertThatExceptionOfType(StateUnavailableException.class).isThrownBy(() -> store.find(sandbox.id()))
				.withMessageContaining("cannot be reached");
			redis.startAgain();
			await().atMost(LIMIT)
				.ignoreException(StateUnavailableException.class)
				.until(() -> store.find(sandbox.id()).isEmpty());
			assertThat(store.incarnation().name()).isNotEqualTo(before.name());
			assertThat(store.incarnation().since()).isAfter(before.since());
			TestRedis.assertWorks(store);
		}
	}

	@Test
	void signalsOfOneServerAreHeardByTheOthersAlsoAfterABreak() {
		RedisServer redis = this.servers.start();
		try (SandboxStore one = TestRedis.open(TestRedis.at(redis).properties());
				SandboxStore other = TestRedis.open(TestRedis.at(redis).properties())) {
			int[] heard = { 0 };
			other.onSignal("topic", () -> heard[0]++);
			one.signal("topic");
			await().atMost(LIMIT).until(() -> heard[0] > 0);
			redis.cli("client", "kill", "type", "pubsub");
			int before = heard[0];
			await().atMost(LIMIT).until(() -> heard[0] > before);
		}
	}

}
