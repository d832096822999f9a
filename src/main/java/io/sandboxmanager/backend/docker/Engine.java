package io.sandboxmanager.backend.docker;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.core.DefaultDockerClientConfig;
import com.github.dockerjava.core.DockerClientConfig;
import com.github.dockerjava.core.DockerClientImpl;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.zerodep.ZerodepDockerHttpClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.EngineUnreachableException;

/**
 * The way to the Docker engine. Calls are bounded in time and number, so an engine that
 * stops answering holds at most {@value #PARALLEL_CALLS} connections, and each caller for
 * at most twice the call timeout. Streams (events, logs, pulls) have their own client:
 * they may be silent for as long as they like once they have begun.
 */
final class Engine implements AutoCloseable {

	static final int PARALLEL_CALLS = 64;

	static final int PARALLEL_STREAMS = 128;

	private static final Logger LOGGER = LoggerFactory.getLogger(Engine.class);

	private final URI host;

	private final Duration callTimeout;

	private final Watchdog watchdog = new Watchdog();

	private final Semaphore permits = new Semaphore(PARALLEL_CALLS);

	private final DockerClient calls;

	private final DockerClient streams;

	Engine(DockerProperties properties) {
		DockerClientConfig config = config(properties);
		this.host = config.getDockerHost();
		this.callTimeout = properties.callTimeout();
		this.calls = client(config, PARALLEL_CALLS, this.callTimeout, (request) -> this.callTimeout);
		this.streams = client(config, PARALLEL_STREAMS, Duration.ZERO,
				(request) -> request.path().startsWith("/images/create") ? properties.pullTimeout() : this.callTimeout);
	}

	/** The API version stays unset: the engine then speaks its own newest. */
	private static DockerClientConfig config(DockerProperties properties) {
		DefaultDockerClientConfig.Builder builder = DefaultDockerClientConfig.createDefaultConfigBuilder();
		if (properties.host() != null) {
			builder.withDockerHost(properties.host());
		}
		return builder.build();
	}

	private DockerClient client(DockerClientConfig config, int connections, Duration silence,
			Function<DockerHttpClient.Request, Duration> answer) {
		ZerodepDockerHttpClient transport = new ZerodepDockerHttpClient.Builder().dockerHost(config.getDockerHost())
			.sslConfig(config.getSSLConfig())
			.maxConnections(connections)
			.connectionTimeout(this.callTimeout)
			.responseTimeout(silence)
			.build();
		return DockerClientImpl.getInstance(config, new EngineTransport(transport, this.watchdog, answer));
	}

	URI host() {
		return this.host;
	}

	Duration callTimeout() {
		return this.callTimeout;
	}

	/**
	 * Makes one call.
	 * @param action what is done and to what, for the message of a failure
	 */
	<T> T call(String action, Function<DockerClient, T> command) {
		return call(action, this.callTimeout, command);
	}

	<T> T call(String action, Duration timeout, Function<DockerClient, T> command) {
		awaitPermit(action, timeout);
		try {
			return this.watchdog.within(timeout, () -> command.apply(this.calls));
		}
		catch (TimeoutException ex) {
			throw new EngineUnreachableException("the Docker engine at " + this.host + " did not answer within "
					+ timeout.toMillis() + " ms when asked to " + action, ex);
		}
		catch (RuntimeException ex) {
			throw EngineErrors.translate(this.host, action, ex);
		}
		finally {
			this.permits.release();
		}
	}

	/** Makes one call that answers nothing. */
	void run(String action, Consumer<DockerClient> command) {
		call(action, (client) -> {
			command.accept(client);
			return Boolean.TRUE;
		});
	}

	private void awaitPermit(String action, Duration timeout) {
		try {
			if (!this.permits.tryAcquire(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
				throw new EngineUnreachableException("the Docker engine at " + this.host + " has " + PARALLEL_CALLS
						+ " calls under way and answered none within " + timeout.toMillis() + " ms when asked to "
						+ action, null);
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new EngineUnreachableException("interrupted before the Docker engine could be asked to " + action,
					ex);
		}
	}

	/** For what streams; failures are reported to the callback. */
	DockerClient streams() {
		return this.streams;
	}

	/** The error of a stream as a failure of ours. */
	RuntimeException failure(String action, Throwable error) {
		return EngineErrors.translate(this.host, action,
				(error instanceof RuntimeException ex) ? ex : new IllegalStateException(error));
	}

	Watchdog watchdog() {
		return this.watchdog;
	}

	@Override
	public void close() {
		this.watchdog.close();
		close(this.streams);
		close(this.calls);
	}

	private static void close(DockerClient client) {
		try {
			client.close();
		}
		catch (IOException ex) {
			LOGGER.debug("Could not close a client of the Docker engine", ex);
		}
	}

}
