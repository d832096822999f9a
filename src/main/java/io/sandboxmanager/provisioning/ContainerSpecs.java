package io.sandboxmanager.provisioning;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.sandboxmanager.backend.ContainerDetails;
import io.sandboxmanager.backend.ContainerSpec;
import io.sandboxmanager.backend.ContainerSpec.Mount;
import io.sandboxmanager.sandbox.RuntimeToken;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxTemplate;

/** Says what container a sandbox needs, and reads it from one. */
public final class ContainerSpecs {

	private static final String WORKSPACE = "/workspace";

	/** Opens the agent. */
	private static final String TOKEN = "SECRET_TOKEN";

	private final String managerId;

	private final List<Mount> readonlyMounts;

	ContainerSpecs(String managerId, Map<String, String> readonlyMounts) {
		this.managerId = managerId;
		this.readonlyMounts = readonlyMounts.entrySet()
			.stream()
			.map((mount) -> new Mount(mount.getKey(), mount.getValue(), true, true))
			.toList();
	}

	ContainerSpec specify(Sandbox sandbox, SandboxTemplate template) {
		return new ContainerSpec(sandbox.name(), template.image(), environment(sandbox, template),
				ContainerLabels.of(sandbox, this.managerId), template.resources(), template.profile(), template.port(),
				mounts(sandbox));
	}

	/** The caller's variables win over the type's, but never over the agent's secret. */
	private static Map<String, String> environment(Sandbox sandbox, SandboxTemplate template) {
		Map<String, String> environment = new HashMap<>();
		environment.put("NGINX_TIMEOUT", Long.toString(template.timeout().toSeconds()));
		environment.putAll(template.environment());
		environment.putAll(sandbox.request().environment());
		environment.put(TOKEN, sandbox.token().secret());
		return environment;
	}

	/** What opens the agent of a container, if one of these servers made it. */
	public static Optional<RuntimeToken> tokenOf(ContainerDetails container) {
		return Optional.ofNullable(container.environment().get(TOKEN)).map(RuntimeToken::new);
	}

	private List<Mount> mounts(Sandbox sandbox) {
		List<Mount> mounts = new ArrayList<>();
		String directory = sandbox.workspace().directory();
		if (directory != null) {
			mounts.add(new Mount(directory, WORKSPACE, false));
		}
		mounts.addAll(this.readonlyMounts);
		return mounts;
	}

}
