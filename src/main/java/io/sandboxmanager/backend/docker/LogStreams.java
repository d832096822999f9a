package io.sandboxmanager.backend.docker;

import java.io.InputStream;
import java.util.concurrent.Semaphore;

import com.github.dockerjava.api.command.LogContainerCmd;

import io.sandboxmanager.backend.NoCapacityException;

/** Opens the logs of containers, a bounded number at a time. */
final class LogStreams {

	static final int MAX_OPEN = 64;

	static final int ALL_LINES = -1;

	private final Engine engine;

	private final Semaphore places = new Semaphore(MAX_OPEN);

	LogStreams(Engine engine) {
		this.engine = engine;
	}

	/**
	 * @param tail number of last lines, {@link #ALL_LINES} for all
	 */
	InputStream open(String ref, boolean follow, int tail) {
		if (!this.places.tryAcquire()) {
			throw new NoCapacityException(
					MAX_OPEN + " logs are being read already; close one to read that of container " + ref, null);
		}
		LogContainerCmd command = this.engine.streams()
			.logContainerCmd(ref)
			.withStdOut(true)
			.withStdErr(true)
			.withFollowStream(follow);
		if (tail != ALL_LINES) {
			command.withTail(tail);
		}
		LogStream stream = new LogStream(this.places::release);
		try {
			command.exec(stream.receiver());
			stream.awaitBegin(this.engine.callTimeout());
			return stream;
		}
		catch (RuntimeException ex) {
			stream.close();
			throw this.engine.failure("read the log of container " + ref, ex);
		}
	}

}
