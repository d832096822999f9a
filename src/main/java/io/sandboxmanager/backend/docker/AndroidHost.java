package io.sandboxmanager.backend.docker;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

import io.sandboxmanager.backend.ContainerRefusedException;

/**
 * What an Android device in a container needs of the machine of the engine: a kernel with
 * binder, and an operator who allows privileged containers.
 *
 * @param privilegedAllowed whether the operator does
 * @param engineIsHere whether the engine's kernel is this server's, so that it can be
 * asked
 * @param proc where the kernel tells of itself
 */
record AndroidHost(boolean privilegedAllowed, boolean engineIsHere, Path proc) {

	private static final String BINDER = "binder";

	/**
	 * Ends quietly when nothing is missing.
	 * @throws ContainerRefusedException with all that is missing, and how to get it
	 */
	void require() {
		List<String> missing = new ArrayList<>();
		if (!this.privilegedAllowed) {
			missing.add("privileged containers are not allowed: set ALLOW_PRIVILEGED=True if whoever uses such a "
					+ "sandbox may become root of the engine's machine");
		}
		if (this.engineIsHere && !hasBinder()) {
			missing.add("the kernel has no binder: run modprobe binder_linux devices=binder,hwbinder,vndbinder (on "
					+ "Debian and Ubuntu it may need the package linux-modules-extra-" + kernel() + ")");
		}
		if (!missing.isEmpty()) {
			throw new ContainerRefusedException("this host cannot run Android: " + String.join("; ", missing), null);
		}
	}

	/** As a file system of its own in new kernels, as a device in old ones. */
	private boolean hasBinder() {
		return words("filesystems").anyMatch(BINDER::equals) || words("misc").anyMatch(BINDER::equals);
	}

	private Stream<String> words(String file) {
		return Stream.of(read(file).toLowerCase(Locale.ROOT).split("\\s+"));
	}

	private String kernel() {
		String release = read("sys/kernel/osrelease").strip();
		return release.isEmpty() ? "$(uname -r)" : release;
	}

	/** What is not there says nothing. */
	private String read(String file) {
		try {
			return Files.readString(this.proc.resolve(file), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			return "";
		}
	}

}
