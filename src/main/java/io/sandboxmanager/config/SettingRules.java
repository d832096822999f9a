package io.sandboxmanager.config;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

import io.sandboxmanager.store.redis.RedisMode;

/** What must or should hold between several settings. */
final class SettingRules {

	private SettingRules() {
	}

	/** What keeps the server down. */
	static List<String> mistakes(ServerSettings settings) {
		InetAddress host = settings.value("HOST", InetAddress.class);
		boolean open = settings.given("BEARER_TOKEN").isEmpty()
				&& !Boolean.TRUE.equals(settings.value("ALLOW_UNAUTHENTICATED", Boolean.class));
		List<String> mistakes = new ArrayList<>(redisMistakes(settings));
		if (host == null || host.isLoopbackAddress() || !open) {
			return mistakes;
		}
		mistakes.add("HOST=" + settings.given("HOST").map(Given::text).orElse("")
				+ ": others could use the server without a token; set BEARER_TOKEN, or ALLOW_UNAUTHENTICATED=true"
				+ " if everybody who reaches it may use it");
		return mistakes;
	}

	private static List<String> redisMistakes(ServerSettings settings) {
		RedisMode mode = settings.value("REDIS_MODE", RedisMode.class);
		List<String> mistakes = new ArrayList<>();
		if (settings.value("REDIS_ENABLED", StoreKind.class) != StoreKind.REDIS) {
			return mistakes;
		}
		if (mode != RedisMode.STANDALONE && settings.given("REDIS_NODES").isEmpty()) {
			mistakes
				.add("REDIS_NODES is missing: REDIS_MODE=sentinel and REDIS_MODE=cluster need some hosts with ports");
		}
		if (mode == RedisMode.SENTINEL && settings.given("REDIS_SENTINEL_MASTER").isEmpty()) {
			mistakes.add("REDIS_SENTINEL_MASTER is missing: what do the sentinels call the master?");
		}
		Integer database = settings.value("REDIS_DB", Integer.class);
		if (mode == RedisMode.CLUSTER && database != null && database > 0) {
			mistakes.add("REDIS_DB=" + database + ": a Redis Cluster has database 0 only; use REDIS_KEY_TAG instead");
		}
		if (settings.given("REDIS_CERT_FILE").isPresent() != settings.given("REDIS_KEY_FILE").isPresent()) {
			mistakes.add("REDIS_CERT_FILE and REDIS_KEY_FILE are wanted together, or neither of them");
		}
		return mistakes;
	}

	/** What may surprise the user. */
	static List<String> warnings(ServerSettings settings) {
		List<String> warnings = new ArrayList<>();
		Settings.ALL.stream()
			.filter((setting) -> setting.property() == null && setting.group().condition() != null
					&& settings.given(setting.name()).isPresent())
			.map((setting) -> setting.name() + " has no effect without " + setting.group().condition()
					+ ", which is not built yet")
			.forEach(warnings::add);
		addRedisWarnings(settings, warnings);
		Integer workers = settings.value("WORKERS", Integer.class);
		if (workers != null && workers > 1) {
			warnings
				.add("WORKERS=" + workers + " has no effect: one process serves with all cores; for more, start more "
						+ "servers with REDIS_ENABLED=True");
		}
		if (settings.given("ALLOWED_MOUNT_DIRS").isPresent()
				&& Boolean.FALSE.equals(settings.value("ALLOW_MOUNT_DIR", Boolean.class))) {
			warnings.add("ALLOWED_MOUNT_DIRS has no effect without ALLOW_MOUNT_DIR=True");
		}
		addPoolWarning(settings, warnings);
		return warnings;
	}

	private static void addRedisWarnings(ServerSettings settings, List<String> warnings) {
		boolean shared = settings.value("REDIS_ENABLED", StoreKind.class) == StoreKind.REDIS;
		Settings.ALL.stream()
			.filter((setting) -> setting.group() == SettingGroup.REDIS && !setting.name().equals("REDIS_ENABLED")
					&& settings.given(setting.name()).isPresent())
			.filter((setting) -> !shared || setting.property() == null)
			.map((setting) -> setting.name() + " has no effect"
					+ (shared ? ": it is read for compatibility alone" : " without REDIS_ENABLED=True"))
			.forEach(warnings::add);
		if (shared && settings.given("STATE_KEY").isEmpty()) {
			warnings
				.add("STATE_KEY is not set: who can read Redis can read callers' environment and open their sandboxes");
		}
	}

	private static void addPoolWarning(ServerSettings settings, List<String> warnings) {
		Integer limit = settings.value("MAX_SANDBOX_INSTANCES", Integer.class);
		Integer size = settings.value("POOL_SIZE", Integer.class);
		List<?> types = settings.value("DEFAULT_SANDBOX_TYPE", List.class);
		if (limit != null && size != null && types != null && limit > 0 && (long) size * types.size() > limit) {
			warnings.add("POOL_SIZE=" + size + " for " + types.size() + " type(s) is more than MAX_SANDBOX_INSTANCES="
					+ limit + ": the pools cannot fill");
		}
	}

}
