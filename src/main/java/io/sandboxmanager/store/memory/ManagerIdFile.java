package io.sandboxmanager.store.memory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.StateUnavailableException;

/**
 * Keeps the id of a server over its restarts, in a file that it holds locked while it
 * runs. A second server on the same folder takes the next file: the two never share an
 * id, and after a crash the next start finds its own containers again.
 */
public final class ManagerIdFile implements AutoCloseable {

	private static final int MAX_SERVERS = 100;

	private final FileChannel channel;

	private final String id;

	private ManagerIdFile(FileChannel channel, String id) {
		this.channel = channel;
		this.id = id;
	}

	/**
	 * Takes the first id of a folder that no running server has.
	 * @param stateDir made when absent
	 * @throws StateUnavailableException when the folder cannot be written
	 */
	public static ManagerIdFile take(Path stateDir) {
		try {
			Files.createDirectories(stateDir);
			for (int slot = 1; slot <= MAX_SERVERS; slot++) {
				FileChannel channel = FileChannel.open(stateDir.resolve("manager-" + slot + ".id"),
						StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
				if (lock(channel)) {
					return new ManagerIdFile(channel, readOrCreate(channel));
				}
				channel.close();
			}
		}
		catch (IOException ex) {
			throw new StateUnavailableException("STATE_DIR " + stateDir.toAbsolutePath() + " cannot be used: " + ex,
					ex);
		}
		throw new StateUnavailableException("STATE_DIR " + stateDir + " is in use by " + MAX_SERVERS + " servers",
				null);
	}

	public String id() {
		return this.id;
	}

	@Override
	public void close() {
		try {
			this.channel.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static boolean lock(FileChannel channel) throws IOException {
		try {
			FileLock lock = channel.tryLock();
			return lock != null;
		}
		catch (OverlappingFileLockException ex) {
			return false; // another server in this very process has it
		}
	}

	private static String readOrCreate(FileChannel channel) throws IOException {
		ByteBuffer content = ByteBuffer.allocate(64);
		channel.read(content, 0);
		String known = new String(content.array(), 0, content.position(), StandardCharsets.US_ASCII).strip();
		if (SandboxId.isValid(known)) {
			return known;
		}
		String fresh = SandboxId.random().value();
		channel.truncate(0);
		channel.write(ByteBuffer.wrap((fresh + "\n").getBytes(StandardCharsets.US_ASCII)), 0);
		channel.force(true);
		return fresh;
	}

}
