package io.sandboxmanager.config;

import java.util.List;
import java.util.Map;

import io.sandboxmanager.store.redis.RedisMode;

import static io.sandboxmanager.config.SandboxSettings.setting;
import static io.sandboxmanager.config.SettingGroup.AGENT_RUN;
import static io.sandboxmanager.config.SettingGroup.KUBERNETES;
import static io.sandboxmanager.config.SettingGroup.OSS;
import static io.sandboxmanager.config.SettingGroup.REDIS;

/**
 * The variables of Redis, and of stores and backends that are not built yet: those are
 * checked, so that a file for later can be written today, and reported as having no
 * effect.
 */
final class VendorSettings {

	private static final ValueKind TEXT = ValueKinds.text("text without control characters", "\\P{Cntrl}+");

	private static final ValueKind URL = ValueKinds.text("an http:// or https:// address", "https?://\\S+");

	private VendorSettings() {
	}

	static List<Setting> redis() {
		return List.of(
				setting(REDIS, "REDIS_ENABLED", ValueKinds.bool(StoreKind.REDIS, StoreKind.MEMORY), "False",
						"sandbox-manager.store", "Whether the state is kept in Redis, where several servers share it."),
				setting(REDIS, "REDIS_SERVER", ValueKinds.hostName(), "localhost", "sandbox-manager.redis.server",
						"Host of Redis."),
				setting(REDIS, "REDIS_PORT", ValueKinds.whole(1, 65535), "6379", "sandbox-manager.redis.port",
						"Port of Redis."),
				setting(REDIS, "REDIS_DB", ValueKinds.whole(0, 10_000), "0", "sandbox-manager.redis.database",
						"Number of the database."),
				setting(REDIS, "REDIS_USER", TEXT, "", "sandbox-manager.redis.user",
						"User, where Redis has access lists."),
				setting(REDIS, "REDIS_PASSWORD", ValueKinds.secret(), "", "sandbox-manager.redis.password",
						"Password."),
				setting(REDIS, "STATE_KEY", ValueKinds.secret(), "", "sandbox-manager.redis.state-key",
						"Any text, the same on every server: encrypts what callers put in and what opens sandboxes."),
				setting(REDIS, "REDIS_MODE",
						ValueKinds.choice(Map.of("standalone", RedisMode.STANDALONE, "sentinel", RedisMode.SENTINEL,
								"cluster", RedisMode.CLUSTER), Map.of()),
						"standalone", "sandbox-manager.redis.mode", "How Redis is set up."),
				setting(REDIS, "REDIS_NODES",
						FileKinds.names("hosts with ports, such as one:6379,two:6379",
								"[A-Za-z0-9._-]{1,253}:[0-9]{1,5}"),
						"", "sandbox-manager.redis.nodes", "The sentinels, or some nodes of the cluster."),
				setting(REDIS, "REDIS_SENTINEL_MASTER", TEXT, "", "sandbox-manager.redis.sentinel-master",
						"What the sentinels call the master."),
				setting(REDIS, "REDIS_SENTINEL_USER", TEXT, "", "sandbox-manager.redis.sentinel-user",
						"User for the sentinels, where they have access lists."),
				setting(REDIS, "REDIS_SENTINEL_PASSWORD", ValueKinds.secret(), "",
						"sandbox-manager.redis.sentinel-password", "Password for the sentinels."),
				setting(REDIS, "REDIS_TLS", ValueKinds.bool(), "False", "sandbox-manager.redis.tls",
						"Whether the way to Redis is encrypted; the name in its certificate is checked."),
				setting(REDIS, "REDIS_CA_FILE", FileKinds.path(), "", "sandbox-manager.redis.ca-file",
						"Certificates to trust, in PEM; without it those of the JVM."),
				setting(REDIS, "REDIS_CERT_FILE", FileKinds.path(), "", "sandbox-manager.redis.cert-file",
						"Certificate by which the server shows who it is, in PEM."),
				setting(REDIS, "REDIS_KEY_FILE", FileKinds.path(), "", "sandbox-manager.redis.key-file", "Its key."),
				setting(REDIS, "REDIS_POOL_SIZE", ValueKinds.whole(1, 10_000), "64", "sandbox-manager.redis.pool-size",
						"Commands that may be under way."),
				setting(REDIS, "REDIS_CONNECT_TIMEOUT", ValueKinds.limit(), "2",
						"sandbox-manager.redis.connect-timeout",
						"Limit for making a connection, and for waiting for a free one."),
				setting(REDIS, "REDIS_TIMEOUT", ValueKinds.limit(), "2", "sandbox-manager.redis.timeout",
						"Limit of one command."),
				setting(REDIS, "REDIS_KEY_TAG",
						ValueKinds.text("a name in braces such as {sandbox-manager}", "\\{[A-Za-z0-9._:-]{1,64}}"),
						"{sandbox-manager}", "sandbox-manager.redis.key-tag",
						"What all keys begin with: servers with another one have a state of their own."),
				setting(REDIS, "REDIS_PORT_KEY", TEXT, "_agent_runtime_container_occupied_ports", null,
						"Read for compatibility: ports are the engine's to give, so there is no such key."),
				setting(REDIS, "REDIS_CONTAINER_POOL_KEY", TEXT, "_agent_runtime_container_container_pool", null,
						"Read for compatibility: `REDIS_KEY_TAG` names the keys."),
				setting(REDIS, "HEARTBEAT_LOCK_TTL", ValueKinds.limit(), "120", null,
						"Read for compatibility: sessions are recycled without a lock."));
	}

	static List<Setting> oss() {
		return List.of(setting(OSS, "OSS_ENDPOINT", URL, "", null, "Address of the region's endpoint."),
				setting(OSS, "OSS_ACCESS_KEY_ID", ValueKinds.secret(), "", null, "Id of the access key."),
				setting(OSS, "OSS_ACCESS_KEY_SECRET", ValueKinds.secret(), "", null, "The access key."),
				setting(OSS, "OSS_BUCKET_NAME", TEXT, "", null, "Name of a bucket that exists."));
	}

	static List<Setting> kubernetes() {
		return List.of(
				setting(KUBERNETES, "K8S_NAMESPACE",
						ValueKinds.text("lower-case letters, digits and -, at most 63",
								"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"),
						"default", null, "Namespace of the pods."),
				setting(KUBERNETES, "KUBECONFIG_PATH", FileKinds.path(), "", null,
						"File that says how to reach the cluster."));
	}

	static List<Setting> agentRun() {
		return List.of(setting(AGENT_RUN, "AGENT_RUN_ACCOUNT_ID", TEXT, "", null, "Id of the account."),
				setting(AGENT_RUN, "AGENT_RUN_ACCESS_KEY_ID", ValueKinds.secret(), "", null, "Id of the access key."),
				setting(AGENT_RUN, "AGENT_RUN_ACCESS_KEY_SECRET", ValueKinds.secret(), "", null, "The access key."),
				setting(AGENT_RUN, "AGENT_RUN_REGION_ID", TEXT, "", null, "Region, such as cn-hangzhou."),
				setting(AGENT_RUN, "AGENT_RUN_CPU", ValueKinds.decimal(), "2.0", null, "Processor cores of a sandbox."),
				setting(AGENT_RUN, "AGENT_RUN_MEMORY", ValueKinds.whole(1, 10_000_000), "2048", null,
						"Memory of a sandbox in MB."),
				setting(AGENT_RUN, "AGENT_RUN_VPC_ID", TEXT, "", null, "Network of the sandboxes."),
				setting(AGENT_RUN, "AGENT_RUN_VSWITCH_IDS", FileKinds.names("vSwitch ids", "[A-Za-z0-9_-]{1,64}"), "",
						null, "Switches of that network."),
				setting(AGENT_RUN, "AGENT_RUN_SECURITY_GROUP_ID", TEXT, "", null, "Security group of the sandboxes."),
				setting(AGENT_RUN, "AGENT_RUN_PREFIX", TEXT, "agentscope-sandbox", null,
						"What names of resources begin with."),
				setting(AGENT_RUN, "AGENT_RUN_LOG_PROJECT", TEXT, "", null, "Project of the log service."),
				setting(AGENT_RUN, "AGENT_RUN_LOG_STORE", TEXT, "", null, "Store of the log service."));
	}

}
