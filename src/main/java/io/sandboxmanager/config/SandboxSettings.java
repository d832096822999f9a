package io.sandboxmanager.config;

import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.pool.OnMiss;

import static io.sandboxmanager.config.SettingGroup.EVERYDAY;
import static io.sandboxmanager.config.SettingGroup.FILES;
import static io.sandboxmanager.config.SettingGroup.LIFETIMES;

/** The variables about the sandboxes. */
final class SandboxSettings {

	private SandboxSettings() {
	}

	static List<Setting> everyday() {
		return List.of(
				setting(EVERYDAY, "HOST", ValueKinds.address(), "127.0.0.1", "server.address",
						"Address that the server listens on; 0.0.0.0 for all of the machine's. "
								+ "Beyond loopback a token is wanted."),
				setting(EVERYDAY, "PORT", ValueKinds.whole(0, 65535), "8000", "server.port",
						"Port that the server listens on, 0 for any free one."),
				setting(EVERYDAY, "BEARER_TOKEN", ValueKinds.token(), "", "sandbox-manager.security.bearer-token",
						"What callers must present as `Authorization: Bearer …`; without one everybody is let in."),
				setting(EVERYDAY, "DEFAULT_SANDBOX_TYPE",
						FileKinds.names("sandbox types", "[A-Za-z0-9][A-Za-z0-9_-]{0,62}"), "base",
						"sandbox-manager.template.default-types",
						"Types with a warm pool; callers who name no type get the first one."),
				setting(EVERYDAY, "POOL_SIZE", ValueKinds.whole(0, 100_000), "1", "sandbox-manager.pool.size",
						"Sandboxes kept ready in each pool, unless the catalogue says otherwise."),
				setting(EVERYDAY, "MAX_SANDBOX_INSTANCES", ValueKinds.whole(0, 1_000_000), "0",
						"sandbox-manager.lifecycle.max-instances",
						"How many sandboxes there may be, the warm ones included; 0 for any number."),
				setting(EVERYDAY, "HEARTBEAT_TIMEOUT", ValueKinds.duration(), "300",
						"sandbox-manager.lifecycle.heartbeat-timeout",
						"How long a session may leave its sandboxes unused before they are recycled; 0 for any time."),
				setting(EVERYDAY, "RUNTIME_SANDBOX_REGISTRY",
						ValueKinds.text("a registry such as registry.example.com:5000", "[A-Za-z0-9._:/-]{1,200}"), "",
						"sandbox-manager.template.registry", "Registry of the images; empty for the engine's own."),
				setting(EVERYDAY, "RUNTIME_SANDBOX_IMAGE_NAMESPACE",
						ValueKinds.text("lower-case letters, digits and . _ - /", "[a-z0-9][a-z0-9._/-]{0,127}"),
						"agentscope", "sandbox-manager.template.namespace", "Namespace of the images."),
				setting(EVERYDAY, "RUNTIME_SANDBOX_IMAGE_TAG",
						ValueKinds.text("an image tag", "[A-Za-z0-9_][A-Za-z0-9._-]{0,127}"), "latest",
						"sandbox-manager.template.tag", "Tag of the images."),
				setting(EVERYDAY, "SANDBOX_TYPES", FileKinds.path(), "", "sandbox-manager.template.catalogue",
						"YAML file with the sandbox types, in place of the built-in `config/sandbox-types.yaml`."));
	}

	static List<Setting> files() {
		return List.of(
				setting(FILES, "DEFAULT_MOUNT_DIR", FileKinds.path(), "sessions_mount_dir",
						"sandbox-manager.workspace.mount-dir",
						"Folder of the workspaces; each sandbox gets one below it, mounted at `/workspace`."),
				setting(FILES, "MOUNT_DIR_ON_HOST", FileKinds.absolutePath(), "",
						"sandbox-manager.workspace.mount-dir-on-host",
						"`DEFAULT_MOUNT_DIR` as the engine's host sees it, when the server runs in a container "
								+ "and cannot find out by itself."),
				setting(FILES, "READONLY_MOUNTS", FileKinds.mounts(), "", "sandbox-manager.workspace.readonly-mounts",
						"Folders of the host that every sandbox can read: host path to path inside."),
				setting(FILES, "ALLOW_MOUNT_DIR", ValueKinds.bool(), "False",
						"sandbox-manager.workspace.allow-mount-dir",
						"Whether a caller may name the folder to mount at `/workspace`; otherwise it is ignored."),
				setting(FILES, "ALLOWED_MOUNT_DIRS", FileKinds.paths(), "",
						"sandbox-manager.workspace.allowed-mount-dirs",
						"Folders at or below which a caller's folder must lie; without them, below `DEFAULT_MOUNT_DIR`."),
				setting(FILES, "STORAGE_FOLDER", FileKinds.path(), "", "sandbox-manager.workspace.storage-folder",
						"Folder that workspaces are brought from and carried back to, one below it for each sandbox."),
				setting(FILES, "FILE_SYSTEM",
						ValueKinds.choice(Map.of("local", StorageKind.LOCAL),
								Map.of("oss", "use local with a STORAGE_FOLDER, which may be a mounted bucket")),
						"local", "sandbox-manager.storage", "Where `STORAGE_FOLDER` is."),
				setting(FILES, "MIN_FREE_DISK", ValueKinds.sizeOrNone(), "512MB",
						"sandbox-manager.maintenance.min-free-disk",
						"What is to stay free where sandboxes write: with less, the sandbox that grows most is stopped and "
								+ "its files are kept. `0` for no such guard."),
				setting(FILES, "STATE_DIR", FileKinds.path(), ".sandbox-manager", "sandbox-manager.workspace.state-dir",
						"Folder for what must outlive the server, such as its own id."));
	}

	static List<Setting> lifetimes() {
		return List.of(
				setting(LIFETIMES, "MAX_LIFETIME", ValueKinds.duration(), "24h",
						"sandbox-manager.lifecycle.max-lifetime",
						"How long a sandbox may be handed out at most; 0 for any time."),
				setting(LIFETIMES, "RELEASED_KEY_TTL", ValueKinds.duration(), "3600",
						"sandbox-manager.lifecycle.released-ttl",
						"How long the record of a released, replaced or failed sandbox is kept.")
					.formerly("RELEASE_KET_TTL"),
				setting(LIFETIMES, "RECYCLED_KEY_TTL", ValueKinds.duration(), "7d",
						"sandbox-manager.lifecycle.recycled-ttl", "How long a recycled sandbox can be restored."),
				setting(LIFETIMES, "AUTO_CLEANUP", ValueKinds.bool(), "True", "sandbox-manager.lifecycle.auto-cleanup",
						"Whether all sandboxes are removed when the server stops."),
				setting(LIFETIMES, "RUNTIME_SANDBOX_TIMEOUT", ValueKinds.limit(), "60",
						"sandbox-manager.template.timeout",
						"Limit of one request to a sandbox, unless the catalogue says otherwise."),
				setting(LIFETIMES, "POOL_ON_MISS",
						ValueKinds.choice(
								Map.of("create", OnMiss.CREATE, "wait", OnMiss.WAIT, "fail", OnMiss.FAIL), Map.of()),
						"create", "sandbox-manager.pool.on-miss",
						"What a caller gets whose pool is empty: a sandbox made for him, the next warm one in the order "
								+ "of arrival, or a failure."),
				setting(LIFETIMES, "POOL_WAIT_TIMEOUT", ValueKinds.limit(), "30", "sandbox-manager.pool.wait-timeout",
						"How long a caller waits for a warm sandbox with `POOL_ON_MISS=wait`."),
				setting(LIFETIMES, "POOL_MAX_WAITING", ValueKinds.whole(1, 100_000), "100",
						"sandbox-manager.pool.max-waiting",
						"How many callers may wait for one type; others fail at once."),
				setting(LIFETIMES, "READINESS_TIMEOUT", ValueKinds.limit(), "60",
						"sandbox-manager.provisioning.readiness-timeout",
						"How long the agent of a new sandbox may take to answer."),
				setting(LIFETIMES, "WATCHER_SCAN_INTERVAL", ValueKinds.duration(), "1",
						"sandbox-manager.maintenance.scan-interval",
						"Longest pause between two looks at idle sessions, of which there is one every second at least; with 0 no "
								+ "session is recycled for being idle. Pools, lifetimes, removals and purges do not depend on it."),
				setting(LIFETIMES, "RECONCILE_INTERVAL", ValueKinds.limit(), "15",
						"sandbox-manager.maintenance.reconcile-interval",
						"Pause between two comparisons of records and containers."),
				setting(LIFETIMES, "VERIFY_INTERVAL", ValueKinds.limit(), "10",
						"sandbox-manager.maintenance.verify-interval",
						"Pause between two looks at the health of the warm sandboxes."));
	}

	static Setting setting(SettingGroup group, String name, ValueKind kind, String defaultText,
			@Nullable String property, String sentence) {
		return new Setting(name, List.of(), group, kind, defaultText, property, sentence);
	}

}
