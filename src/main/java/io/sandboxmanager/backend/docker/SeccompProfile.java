package io.sandboxmanager.backend.docker;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The system calls of an image that makes user namespaces. The engine's own profile
 * refuses those, so this one is given instead; what else that one refuses it refuses too,
 * and more: mounts stay out of reach, and of sockets there are Unix, IP and
 * {@code NETLINK_ROUTE} only, since a namespace's root would otherwise reach parts of the
 * kernel such as its packet filter.
 */
final class SeccompProfile {

	private static final String RESOURCE = "seccomp-user-namespaces.json";

	private SeccompProfile() {
	}

	/** As a security option; the engine wants the text, not the name of a file. */
	static String option() {
		return Loaded.OPTION;
	}

	/** Read only when an image needs it. */
	private static final class Loaded {

		private static final String OPTION = "seccomp=" + read();

		private static String read() {
			try (InputStream profile = Objects.requireNonNull(SeccompProfile.class.getResourceAsStream(RESOURCE),
					RESOURCE)) {
				return new String(profile.readAllBytes(), StandardCharsets.UTF_8);
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
