package io.sandboxmanager.provisioning;

import io.sandboxmanager.backend.ImageDetails;
import io.sandboxmanager.sandbox.Sandbox.Kind;
import io.sandboxmanager.sandbox.SandboxTemplate;

/** A template whose image the engine has, as it is now. */
public record PreparedTemplate(SandboxTemplate template, ImageDetails image) {

	/** What a sandbox of it is made from. */
	Kind kind() {
		return Kind.of(this.template, this.image.digest());
	}

	/** Fingerprint of the template and the image. */
	public String hash() {
		return kind().templateHash();
	}

}
