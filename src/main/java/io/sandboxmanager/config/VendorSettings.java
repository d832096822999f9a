package io.sandboxmanager.config;

import java.util.List;

import static io.sandboxmanager.config.SandboxSettings.setting;
import static io.sandboxmanager.config.SettingGroup.AGENT_RUN;
import static io.sandboxmanager.config.SettingGroup.KUBERNETES;
import static io.sandboxmanager.config.SettingGroup.OSS;
import static io.sandboxmanager.config.SettingGroup.REDIS;

/**
 * The variables of stores and backends that are not built yet: checked, so that a file
 * for later can be written today, and reported as having no effect.
 */
final class VendorSettings {

	private static final ValueKind TEXT = ValueKinds.text("text without control characters", "\\P{Cntrl}+");

	private static final ValueKind URL = ValueKinds.text("an http:// or https:// address", "https?://\\S+");

	private VendorSettings() {
	}

	static List<Setting> redis() {
		ValueKind enabled = new ValueKind("True or False", false, (text) -> {
			if (ValueKinds.bool().parse(text).equals(true)) {
				throw new IllegalArgumentException(
						"not built yet; leave it False, then one server keeps its state in memory");
			}
			return StoreKind.MEMORY;
		});
		return List.of(
				setting(REDIS, "REDIS_ENABLED", enabled, "False", "sandbox-manager.store",
						"Whether the state is kept in Redis."),
				setting(REDIS, "REDIS_SERVER", ValueKinds.hostName(), "localhost", null, "Host of Redis."),
				setting(REDIS, "REDIS_PORT", ValueKinds.whole(1, 65535), "6379", null, "Port of Redis."),
				setting(REDIS, "REDIS_DB", ValueKinds.whole(0, 10_000), "0", null, "Number of the database."),
				setting(REDIS, "REDIS_USER", TEXT, "", null, "User, where Redis has access lists."),
				setting(REDIS, "REDIS_PASSWORD", ValueKinds.secret(), "", null, "Password."),
				setting(REDIS, "REDIS_PORT_KEY", TEXT, "_agent_runtime_container_occupied_ports", null,
						"Key of the ports in use."),
				setting(REDIS, "REDIS_CONTAINER_POOL_KEY", TEXT, "_agent_runtime_container_container_pool", null,
						"Key of the pools."),
				setting(REDIS, "HEARTBEAT_LOCK_TTL", ValueKinds.limit(), "120", null,
						"How long one of several servers may take to recycle a session."));
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
