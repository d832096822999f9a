package io.sandboxmanager.lifecycle;

import java.util.List;
import java.util.Map;

import io.sandboxmanager.sandbox.InvalidSandboxRequestException;
import io.sandboxmanager.sandbox.SandboxTemplate;

/**
 * The lists of addresses that the browser of a sandbox may open or not. Where a type has
 * them, they are the operator's: no caller sets others.
 */
final class UrlLists {

	private static final List<String> LISTS = List.of("BROWSER_URL_ALLOWLIST", "BROWSER_URL_BLOCKLIST");

	/** Where the agent writes them down for the browser. */
	private static final String PLACE = "AGENT_BROWSER_POLICIES";

	private UrlLists() {
	}

	/**
	 * Refuses an environment that would replace those of the type.
	 * @throws InvalidSandboxRequestException when it would
	 */
	static void requireKept(SandboxTemplate template, Map<String, String> environment) {
		if (LISTS.stream().noneMatch(template.environment()::containsKey)) {
			return;
		}
		environment.keySet()
			.stream()
			.filter((name) -> LISTS.contains(name) || PLACE.equals(name))
			.findFirst()
			.ifPresent((name) -> {
				throw new InvalidSandboxRequestException("environment must not set " + name + ": the type "
						+ template.type() + " says which addresses its browsers may open; leave it out, or ask for a "
						+ "type without such lists");
			});
	}

}
