package io.sandboxmanager.system;

import java.nio.file.Path;

/**
 * The server's jar prepared for tests that start it very often: unpacked, and with an
 * archive of the classes that a start loads. It takes half of the processor time.
 */
final class QuickStart {

	/** Options of a JVM that does little and ends soon. */
	static final String LITTLE_COMPILING = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC ";

	private final Path jar;

	private final Path archive;

	/**
	 * Prepares it in an empty folder.
	 * @param once a server to be started and stopped for it
	 */
	QuickStart(Path folder, ServerProcess once) {
		this.jar = folder.resolve(ServerProcess.JAR.getFileName());
		this.archive = folder.resolve("classes.jsa");
		CommandResult unpacked = CommandResult.of(java(), "-Djarmode=tools", "-jar", ServerProcess.JAR.toString(),
				"extract", "--force", "--destination", folder.toString());
		if (unpacked.exitCode() != 0) {
			throw new AssertionError("the jar cannot be unpacked: " + unpacked.output());
		}
		once.jar(this.jar)
			.set("JDK_JAVA_OPTIONS", LITTLE_COMPILING + "-XX:ArchiveClassesAtExit=" + this.archive)
			.start()
			.stop();
	}

	/** Lets a server start like this. */
	ServerProcess use(ServerProcess server) {
		return server.jar(this.jar).set("JDK_JAVA_OPTIONS", LITTLE_COMPILING + "-XX:SharedArchiveFile=" + this.archive);
	}

	private static String java() {
		return Path.of(System.getProperty("java.home"), "bin", "java").toString();
	}

}
