package io.sandboxmanager.backend.docker;

import org.jspecify.annotations.Nullable;

/**
 * The parts of an image's name that a pull needs.
 *
 * @param repository registry and path, or the whole name when it is pinned by digest
 * @param tag the tag to pull, {@code null} when pinned by digest
 * @param registry host of the registry as credentials are kept under
 */
record ImageReference(String repository, @Nullable String tag, String registry) {

	private static final String DOCKER_HUB = "https://index.docker.io/v1/";

	static ImageReference parse(String name) {
		if (name.contains("@")) {
			return new ImageReference(name, null, registry(name));
		}
		int colon = name.lastIndexOf(':');
		if (colon > name.lastIndexOf('/')) {
			return new ImageReference(name.substring(0, colon), name.substring(colon + 1), registry(name));
		}
		return new ImageReference(name, "latest", registry(name));
	}

	/** A first part that looks like a host is one; everything else is on Docker Hub. */
	private static String registry(String name) {
		int slash = name.indexOf('/');
		String first = (slash == -1) ? "" : name.substring(0, slash);
		boolean host = first.contains(".") || first.contains(":") || first.equals("localhost");
		return (!host || first.equals("docker.io")) ? DOCKER_HUB : first;
	}

}
