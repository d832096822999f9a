package io.sandboxmanager.provisioning;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

import io.sandboxmanager.backend.ContainerSummary;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.Sandbox.Kind;
import io.sandboxmanager.sandbox.SandboxId;

/**
 * What every container carries, so that it can be found and understood without a record.
 */
public final class ContainerLabels {

	private static final String PREFIX = "io.sandboxmanager.";

	private static final String MANAGER = PREFIX + "manager";

	private static final String SANDBOX = PREFIX + "sandbox";

	private static final String TYPE = PREFIX + "type";

	private static final String TEMPLATE = PREFIX + "template";

	private ContainerLabels() {
	}

	/** What all containers of the servers with this id carry. */
	public static Map<String, String> ofManager(String managerId) {
		return Map.of(MANAGER, managerId);
	}

	/** By what the container of a sandbox is found whose record does not know it yet. */
	static Map<String, String> of(SandboxId sandbox, String managerId) {
		return Map.of(MANAGER, managerId, SANDBOX, sandbox.value());
	}

	static Map<String, String> of(Sandbox sandbox, String managerId) {
		return Map.of(MANAGER, managerId, SANDBOX, sandbox.id().value(), TYPE, sandbox.kind().type(), TEMPLATE,
				sandbox.kind().templateHash());
	}

	/**
	 * What the sandbox of a container was made from, as far as its labels say; empty when
	 * they do not.
	 */
	public static Optional<Kind> kindOf(ContainerSummary container, String image, Duration timeout) {
		String type = container.labels().get(TYPE);
		String template = container.labels().get(TEMPLATE);
		return (type == null || template == null) ? Optional.empty()
				: Optional.of(new Kind(type, image, template, timeout));
	}

	/** The sandbox that a container belongs to, or empty when it is none of ours. */
	public static Optional<SandboxId> sandboxOf(ContainerSummary container) {
		return Optional.ofNullable(container.labels().get(SANDBOX)).filter(SandboxId::isValid).map(SandboxId::new);
	}

}
