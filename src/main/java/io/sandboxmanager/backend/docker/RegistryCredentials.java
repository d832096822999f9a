package io.sandboxmanager.backend.docker;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

import com.github.dockerjava.api.model.AuthConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What {@code docker login} left behind: the {@code config.json} of the Docker CLI with
 * its {@code auths}, {@code credHelpers} and {@code credsStore}. docker-java reads only
 * the first of them. The file is read anew for each pull, so that a login counts at once.
 */
final class RegistryCredentials {

	private static final Logger LOGGER = LoggerFactory.getLogger(RegistryCredentials.class);

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final Pattern HELPER_NAME = Pattern.compile("[A-Za-z0-9._-]+");

	private static final int HELPER_SECONDS = 20;

	private static final int MAX_ANSWER = 1 << 16;

	private final Path file;

	private final List<Path> helperFolders;

	RegistryCredentials(Path dockerConfig) {
		this(dockerConfig, searchPath());
	}

	/**
	 * @param helperFolders where the programs of credential helpers are looked for
	 */
	RegistryCredentials(Path dockerConfig, List<Path> helperFolders) {
		this.file = dockerConfig.resolve("config.json");
		this.helperFolders = List.copyOf(helperFolders);
	}

	private static List<Path> searchPath() {
		String path = System.getenv("PATH");
		return (path == null) ? List.of()
				: Arrays.stream(path.split(File.pathSeparator))
					.filter((each) -> !each.isEmpty())
					.map(Path::of)
					.toList();
	}

	/** The folder that the Docker CLI uses for this user. */
	static Path defaultFolder() {
		String folder = System.getenv("DOCKER_CONFIG");
		return (folder != null && !folder.isBlank()) ? Path.of(folder)
				: Path.of(System.getProperty("user.home"), ".docker");
	}

	Optional<AuthConfig> find(String registry) {
		if (!Files.isRegularFile(this.file)) {
			return Optional.empty();
		}
		try {
			return find(JSON.readTree(Files.readString(this.file)), registry);
		}
		catch (IOException | JacksonException ex) {
			LOGGER.warn("{} cannot be read; images are pulled without credentials: {}", this.file, ex.getMessage());
			return Optional.empty();
		}
	}

	private Optional<AuthConfig> find(JsonNode config, String registry) {
		String helper = config.path("credHelpers").path(registry).asString("");
		if (helper.isEmpty()) {
			helper = config.path("credsStore").asString("");
		}
		Optional<AuthConfig> kept = helper.isEmpty() ? Optional.empty() : fromHelper(helper, registry);
		return kept.isPresent() ? kept : fromFile(config.path("auths"), registry);
	}

	private static Optional<AuthConfig> fromFile(JsonNode auths, String registry) {
		for (var entry : auths.properties()) {
			if (host(entry.getKey()).equals(host(registry))) {
				return fromEntry(entry.getValue(), registry);
			}
		}
		return Optional.empty();
	}

	private static Optional<AuthConfig> fromEntry(JsonNode entry, String registry) {
		String token = entry.path("identitytoken").asString("");
		if (!token.isEmpty()) {
			return Optional.of(new AuthConfig().withIdentityToken(token).withRegistryAddress(registry));
		}
		String user = entry.path("username").asString("");
		String password = entry.path("password").asString("");
		String auth = entry.path("auth").asString("");
		if (!auth.isEmpty()) {
			String[] parts = decode(auth).split(":", 2);
			user = parts[0];
			password = (parts.length == 2) ? parts[1] : "";
		}
		return user.isEmpty() ? Optional.empty() : Optional.of(login(user, password, registry));
	}

	private static String decode(String auth) {
		try {
			return new String(Base64.getDecoder().decode(auth), StandardCharsets.UTF_8);
		}
		catch (IllegalArgumentException ex) {
			LOGGER.warn("A login in the Docker config is not valid Base64 and is not used");
			return "";
		}
	}

	private static AuthConfig login(String user, String password, String registry) {
		return new AuthConfig().withUsername(user).withPassword(password).withRegistryAddress(registry);
	}

	private Optional<AuthConfig> fromHelper(String helper, String registry) {
		if (!HELPER_NAME.matcher(helper).matches()) {
			LOGGER.warn("'{}' in the Docker config is not the name of a credential helper", helper);
			return Optional.empty();
		}
		try {
			JsonNode answer = JSON.readTree(ask(program(helper), registry));
			String user = answer.path("Username").asString("");
			String secret = answer.path("Secret").asString("");
			if (user.equals("<token>")) {
				return Optional.of(new AuthConfig().withIdentityToken(secret).withRegistryAddress(registry));
			}
			return user.isEmpty() ? Optional.empty() : Optional.of(login(user, secret, registry));
		}
		catch (IOException | JacksonException ex) {
			LOGGER.warn("The credential helper {} gave nothing for {}: {}", helper, registry, ex.getMessage());
			return Optional.empty();
		}
	}

	private String program(String helper) throws IOException {
		String name = "docker-credential-" + helper;
		return this.helperFolders.stream()
			.map((folder) -> folder.resolve(name))
			.filter(Files::isExecutable)
			.findFirst()
			.orElseThrow(() -> new IOException(name + " is not on the PATH"))
			.toString();
	}

	private static String ask(String program, String registry) throws IOException {
		Process process = new ProcessBuilder(program, "get").redirectError(ProcessBuilder.Redirect.DISCARD).start();
		Future<?> limit = new CompletableFuture<Void>().completeOnTimeout(null, HELPER_SECONDS, TimeUnit.SECONDS)
			.thenRun(process::destroyForcibly);
		try {
			question(process, registry);
			return new String(process.getInputStream().readNBytes(MAX_ANSWER), StandardCharsets.UTF_8);
		}
		finally {
			limit.cancel(false);
			process.destroy();
		}
	}

	/** A helper may answer without reading the question. */
	private static void question(Process process, String registry) {
		try (OutputStream question = process.getOutputStream()) {
			question.write(registry.getBytes(StandardCharsets.UTF_8));
		}
		catch (IOException ex) {
			LOGGER.debug("A credential helper did not read which registry it was asked for", ex);
		}
	}

	private static String host(String server) {
		String bare = server.replaceFirst("^https?://", "");
		int slash = bare.indexOf('/');
		return (slash == -1) ? bare : bare.substring(0, slash);
	}

}
