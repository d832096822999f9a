package io.sandboxmanager.backend.local;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.Resource;
import org.springframework.core.io.support.PathMatchingResourcePatternResolver;

import io.sandboxmanager.backend.EngineFailedException;

/**
 * The agent and the supervisor, brought from the jar into a folder that is named after
 * what is in it. It is there as a whole or not at all, and kept for the next start.
 *
 * @param folder has the folders {@code agent} and {@code supervisor}
 * @param hash of all files
 */
record BundledPrograms(Path folder, String hash) {

	private static final Logger logger = LoggerFactory.getLogger(BundledPrograms.class);

	private static final List<String> PROGRAMS = List.of("agent", "supervisor");

	private static final int COMPILE_SECONDS = 60;

	/**
	 * Unpacks them below a folder, unless they are there.
	 * @param python compiles them: sandboxes cannot keep what they compile
	 * @throws EngineFailedException when the folder cannot be written
	 */
	static BundledPrograms unpack(Path parent, String python) {
		try {
			SortedMap<String, byte[]> entries = entries();
			String hash = hash(entries);
			Path folder = parent.toAbsolutePath().resolve("programs-" + hash.substring(0, 16));
			if (!Files.isDirectory(folder)) {
				Files.createDirectories(parent);
				make(parent, folder, entries, python);
			}
			return new BundledPrograms(folder, hash);
		}
		catch (IOException ex) {
			throw new EngineFailedException("the agent cannot be unpacked into " + parent.toAbsolutePath() + ": " + ex,
					ex);
		}
	}

	Path agent() {
		return this.folder.resolve("agent");
	}

	Path supervisor() {
		return this.folder.resolve("supervisor").resolve("sandbox_supervisor");
	}

	/** Path below the folder to content. */
	private static SortedMap<String, byte[]> entries() throws IOException {
		PathMatchingResourcePatternResolver resolver = new PathMatchingResourcePatternResolver(
				BundledPrograms.class.getClassLoader());
		SortedMap<String, byte[]> entries = new TreeMap<>();
		for (String program : PROGRAMS) {
			for (Resource resource : resolver.getResources("classpath:" + program + "/**")) {
				String url = resource.getURL().toString();
				if (!url.endsWith("/") && !url.contains("__pycache__") && resource.isReadable()) {
					entries.put(url.substring(url.lastIndexOf("/" + program + "/") + 1), content(resource));
				}
			}
		}
		return entries;
	}

	private static byte[] content(Resource resource) throws IOException {
		try (InputStream in = resource.getInputStream()) {
			return in.readAllBytes();
		}
	}

	private static String hash(SortedMap<String, byte[]> entries) {
		try {
			MessageDigest digest = MessageDigest.getInstance("SHA-256");
			entries.forEach((path, content) -> {
				digest.update((path + " " + content.length + "\n").getBytes(StandardCharsets.UTF_8));
				digest.update(content);
			});
			return HexFormat.of().formatHex(digest.digest());
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("every Java has SHA-256", ex);
		}
	}

	private static void make(Path parent, Path folder, SortedMap<String, byte[]> entries, String python)
			throws IOException {
		Path unfinished = Files.createTempDirectory(parent, "programs-");
		for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
			Path file = unfinished.resolve(entry.getKey());
			Files.createDirectories(Objects.requireNonNull(file.getParent(), "each lies in a program's folder"));
			Files.write(file, entry.getValue());
		}
		compile(unfinished, python);
		try (Stream<Path> all = Files.walk(unfinished)) {
			for (Path each : all.toList()) {
				Files.setPosixFilePermissions(each,
						PosixFilePermissions.fromString(Files.isDirectory(each) ? "rwxr-xr-x" : "rw-r--r--"));
			}
		}
		try {
			Files.move(unfinished, folder, StandardCopyOption.ATOMIC_MOVE);
		}
		catch (FileAlreadyExistsException | DirectoryNotEmptyException ex) {
			logger.debug("Another server has unpacked {} meanwhile", folder);
		}
	}

	private static void compile(Path folder, String python) throws IOException {
		Process compiler = new ProcessBuilder(python, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash",
				folder.toString())
			.redirectErrorStream(true)
			.redirectOutput(ProcessBuilder.Redirect.DISCARD)
			.start();
		try {
			if (!compiler.waitFor(COMPILE_SECONDS, TimeUnit.SECONDS) || compiler.exitValue() != 0) {
				compiler.destroyForcibly();
				logger.warn("The agent could not be compiled: sandboxes will start slower");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException("interrupted while the agent was compiled", ex);
		}
	}

}
