package io.sandboxmanager.provisioning;

import io.sandboxmanager.backend.ImageDetails;
import io.sandboxmanager.sandbox.Sandbox.Kind;
import io.sandboxmanager.sandbox.SandboxTemplate;

/**
 * A template whose image the engine has, as it is now.
 *
 * @param kind what a sandbox of it is made from
 */
public record PreparedTemplate(SandboxTemplate template, ImageDetails image, Kind kind) {

	static PreparedTemplate of(SandboxTemplate template, ImageDetails image) {
		return new PreparedTemplate(template, image, Kind.of(template, image.digest()));
	}

	/** Fingerprint of the template and the image. */
	public String hash() {
		return this.kind.templateHash();
	}

}
