package io.sandboxmanager.config;

import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Every variable that the server reads; nothing else is one. */
final class Settings {

	/** In the order in which documents list them. */
	static final List<Setting> ALL = Stream
		.of(SandboxSettings.everyday(), SandboxSettings.files(), SandboxSettings.lifetimes(), ServiceSettings.engine(),
				ServiceSettings.service(), ServiceSettings.traffic(), VendorSettings.redis(), VendorSettings.oss(),
				VendorSettings.kubernetes(), VendorSettings.agentRun())
		.flatMap(List::stream)
		.toList();

	private Settings() {
	}

	/** The setting with this name, older spellings included. */
	static Optional<Setting> find(String name) {
		return ALL.stream().filter((setting) -> setting.names().contains(name)).findFirst();
	}

}
