package io.sandboxmanager.provisioning;

import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxRequest;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.sandbox.Workspace;
import org.jspecify.annotations.Nullable;

/**
 * A sandbox to be made.
 *
 * @param workspace the files that it takes over, or {@code null} for a folder of its own
 */
record ProvisioningOrder(SandboxTemplate template, Owner owner, SandboxRequest request, @Nullable Workspace workspace) {

	static ProvisioningOrder poolMember(SandboxTemplate template) {
		return new ProvisioningOrder(template, Owner.POOL, SandboxRequest.PLAIN, null);
	}

	static ProvisioningOrder replacement(SandboxTemplate template, Sandbox recycled) {
		return new ProvisioningOrder(template, recycled.owner(), recycled.request(), recycled.workspace());
	}

}
