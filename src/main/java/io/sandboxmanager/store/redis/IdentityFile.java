package io.sandboxmanager.store.redis;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import java.util.UUID;

import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.StateUnavailableException;

/**
 * Where a server remembers the id that it shares with the others on one Redis. A server
 * that starts on a Redis which has lost everything knows by it what containers are
 * theirs.
 */
final class IdentityFile {

	private final Path file;

	private IdentityFile(Path file) {
		this.file = file;
	}

	/** The file for the state at this address. */
	static IdentityFile of(RedisProperties properties, Path stateDir) {
		String address = properties.mode() + " " + properties.server() + " " + properties.port() + " "
				+ properties.nodes() + " " + properties.sentinelMaster() + " " + properties.database() + " "
				+ properties.keyTag();
		UUID name = UUID.nameUUIDFromBytes(address.getBytes(StandardCharsets.UTF_8));
		return new IdentityFile(stateDir.resolve("redis-" + name + ".id"));
	}

	/** What was remembered. */
	Optional<String> read() {
		try {
			return Files.exists(this.file) ? Optional.of(Files.readString(this.file).strip()).filter(SandboxId::isValid)
					: Optional.empty();
		}
		catch (IOException ex) {
			throw unusable(ex);
		}
	}

	/** Remembers an id, wholly or not at all. */
	void write(String id) {
		try {
			Files.createDirectories(this.file.getParent());
			Path draft = Files.createTempFile(this.file.getParent(), "redis-", ".draft");
			Files.writeString(draft, id + "\n");
			Files.move(draft, this.file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
		}
		catch (IOException ex) {
			throw unusable(ex);
		}
	}

	private StateUnavailableException unusable(IOException cause) {
		return new StateUnavailableException("STATE_DIR cannot be used: " + this.file.toAbsolutePath() + ": " + cause,
				cause);
	}

}
