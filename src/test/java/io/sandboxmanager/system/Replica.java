package io.sandboxmanager.system;

import java.net.URI;
import java.time.Duration;

import io.sandboxmanager.store.redis.RedisServer;

/**
 * One of several servers that share a state. Its address stays the same however often it
 * is killed, so that callers need not be told.
 */
final class Replica {

	private final ServerProcess process;

	private final Api api;

	private volatile boolean serving;

	/** Prepares a server that is not started yet. */
	Replica(ServerProcess process) {
		int port = RedisServer.freePort();
		this.process = process.set("PORT", Integer.toString(port));
		this.api = new Api(URI.create("http://127.0.0.1:" + port), process.token());
	}

	/** Starts the process and returns at once. */
	void begin() {
		this.process.begin();
	}

	/** Waits until it answers. */
	Replica awaitServing(Duration limit) {
		Await.until("the server answers", limit, this::isServing, (answers) -> answers);
		return this;
	}

	/** Whether it has answered since it was started. */
	boolean isServing() {
		return this.serving || look();
	}

	private synchronized boolean look() {
		if (!this.process.isAlive()) {
			throw new AssertionError("the server has ended by itself and said: " + this.process.errors());
		}
		this.serving = this.api.isHealthy();
		return this.serving;
	}

	/** Ends it without giving it a chance to do anything, and starts it again. */
	synchronized void killAndBegin() {
		this.serving = false;
		this.process.kill();
		this.process.begin();
	}

	Api api() {
		return this.api;
	}

}
