package io.sandboxmanager.config;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** What must or should hold between several settings. */
final class SettingRules {

	private SettingRules() {
	}

	/** What keeps the server down. */
	static List<String> mistakes(ServerSettings settings) {
		InetAddress host = settings.value("HOST", InetAddress.class);
		boolean open = settings.given("BEARER_TOKEN").isEmpty()
				&& !Boolean.TRUE.equals(settings.value("ALLOW_UNAUTHENTICATED", Boolean.class));
		if (host == null || host.isLoopbackAddress() || !open) {
			return List.of();
		}
		return List.of("HOST=" + settings.given("HOST").map(Given::text).orElse("")
				+ ": others could use the server without a token; set BEARER_TOKEN, or ALLOW_UNAUTHENTICATED=true"
				+ " if everybody who reaches it may use it");
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
		Integer workers = settings.value("WORKERS", Integer.class);
		if (workers != null && workers > 1) {
			warnings.add("WORKERS=" + workers + " has no effect: one process serves with all cores");
		}
		if (settings.given("ALLOWED_MOUNT_DIRS").isPresent()
				&& Boolean.FALSE.equals(settings.value("ALLOW_MOUNT_DIR", Boolean.class))) {
			warnings.add("ALLOWED_MOUNT_DIRS has no effect without ALLOW_MOUNT_DIR=True");
		}
		addPoolWarning(settings, warnings);
		return warnings;
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
