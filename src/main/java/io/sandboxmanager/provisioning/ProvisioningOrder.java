package io.sandboxmanager.provisioning;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.Sandbox.Kind;
import io.sandboxmanager.sandbox.SandboxRequest;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.sandbox.Workspace;

/**
 * A sandbox to be made.
 *
 * @param prepared the template with its image, or {@code null} when that is still to be
 * looked at
 * @param workspace the files that it takes over, or {@code null} for a folder of its own
 */
record ProvisioningOrder(SandboxTemplate template, @Nullable PreparedTemplate prepared, Owner owner,
		SandboxRequest request, @Nullable Workspace workspace) {

	static ProvisioningOrder poolMember(PreparedTemplate prepared) {
		return new ProvisioningOrder(prepared.template(), prepared, Owner.POOL, SandboxRequest.PLAIN, null);
	}

	static ProvisioningOrder forCaller(SandboxTemplate template, Claim claim) {
		return new ProvisioningOrder(template, null, claim.owner(), claim.request(), null);
	}

	static ProvisioningOrder replacement(SandboxTemplate template, Sandbox recycled) {
		return new ProvisioningOrder(template, null, recycled.owner(), recycled.request(), recycled.workspace());
	}

	/** What is known so far of what it is made from. */
	Kind kind() {
		return (this.prepared != null) ? this.prepared.kind() : Kind.of(this.template);
	}

}
