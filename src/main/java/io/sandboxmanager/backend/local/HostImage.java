package io.sandboxmanager.backend.local;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.backend.ImageDetails;
import io.sandboxmanager.backend.ImageMissingException;

/**
 * What stands for an image here: this machine, with its {@code /usr} and the agent. It
 * serves the types that need no more than a shell and Python.
 *
 * @param digest changes with the agent and with Python
 */
record HostImage(String digest, long uid, long gid) {

	/** The base image under any registry, namespace and tag, the stand-in included. */
	private static final Pattern BASE = Pattern.compile("(.*/)?runtime-sandbox-base([:@].*)?");

	private static final Pattern VERSION = Pattern.compile("Python (\\d+)\\.(\\d+)\\..*");

	private static final int LEAST_MINOR = 9;

	static HostImage look(String python, BundledPrograms programs) {
		String version = version(python);
		Matcher parts = VERSION.matcher(version);
		if (!parts.matches() || !parts.group(1).equals("3") || Integer.parseInt(parts.group(2)) < LEAST_MINOR) {
			throw new EngineUnreachableException(
					"local sandboxes need Python 3.9 or later at " + python + ", which says it is '" + version + "'",
					null);
		}
		return new HostImage(programs.hash() + "-" + version.replace(' ', '-'), id("uid"), id("gid"));
	}

	private static String version(String python) {
		try {
			Process process = new ProcessBuilder(python, "--version").redirectErrorStream(true).start();
			return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
		}
		catch (IOException ex) {
			throw new EngineUnreachableException(
					"local sandboxes need Python 3.9 or later at " + python + ": " + ex.getMessage(), ex);
		}
	}

	private static long id(String kind) {
		try {
			return ((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:" + kind));
		}
		catch (IOException ex) {
			throw new EngineUnreachableException("/proc is needed for local sandboxes: " + ex, ex);
		}
	}

	ImageDetails details(String image) {
		if (!BASE.matcher(image).matches()) {
			throw new ImageMissingException("there is no image " + image + " on the local backend, which runs what is "
					+ "installed on this machine: use a type made from runtime-sandbox-base, or "
					+ "CONTAINER_DEPLOYMENT=docker", null);
		}
		return new ImageDetails(image, this.digest, this.uid, this.gid);
	}

}
