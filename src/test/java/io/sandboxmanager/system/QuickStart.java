package io.sandboxmanager.system;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import io.sandboxmanager.store.redis.RedisServer;

/**
 * How tests start the server in half of the processor time: from the jar unpacked, with
 * an archive of the classes that a server loads until it has handed out a sandbox. It is
 * made once.
 */
final class QuickStart {

	private static final Path FOLDER = Path.of("target", "quick-start").toAbsolutePath();

	/** For a JVM that does little and ends soon. */
	private static final List<String> LITTLE_COMPILING = List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

	private QuickStart() {
	}

	/** The arguments of {@code java}. */
	static List<String> arguments() {
		return Prepared.ARGUMENTS;
	}

	private static List<String> prepare() {
		CommandResult unpacked = CommandResult.of(ServerProcess.JAVA, "-Djarmode=tools", "-jar",
				ServerProcess.JAR.toString(), "extract", "--force", "--destination", FOLDER.toString());
		if (unpacked.exitCode() != 0) {
			throw new AssertionError("the jar cannot be unpacked: " + unpacked.output());
		}
		Path archive = FOLDER.resolve("classes.jsa");
		work(arguments("-XX:ArchiveClassesAtExit=" + archive));
		return arguments("-XX:SharedArchiveFile=" + archive);
	}

	private static List<String> arguments(String option) {
		List<String> arguments = new ArrayList<>(LITTLE_COMPILING);
		arguments.addAll(List.of(option, "-jar", FOLDER.resolve(ServerProcess.JAR.getFileName()).toString()));
		return arguments;
	}

	private static void work(List<String> arguments) {
		Docker.requireImages();
		try (RedisServer redis = RedisServer.start()) {
			Map<String, String> settings = Map.of("REDIS_ENABLED", "True", "REDIS_PORT", Integer.toString(redis.port()),
					"RUNTIME_SANDBOX_IMAGE_NAMESPACE", "conf", "POOL_SIZE", "1");
			ServerProcess server = new ServerProcess(Servers.newFolder(), Servers.newPrefix(), settings).with(arguments)
				.start();
			Api api = server.api();
			String sandbox = Api.data(api.call("/create_from_pool", Map.of("sandbox_type", "base"))).asString();
			api.call("/release", Map.of("identity", sandbox));
			server.stop();
			Servers.removeFolder(server.folder());
		}
	}

	/** Made when the first server is started. */
	private static final class Prepared {

		static final List<String> ARGUMENTS = prepare();

	}

}
