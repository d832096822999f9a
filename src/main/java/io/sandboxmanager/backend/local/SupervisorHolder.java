package io.sandboxmanager.backend.local;

import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

import io.sandboxmanager.backend.EngineUnreachableException;

/** The supervisor that runs, started anew when the one before has ended. */
final class SupervisorHolder {

	private static final Logger logger = LoggerFactory.getLogger(SupervisorHolder.class);

	private final Supplier<Supervisor> starter;

	private final LocalProperties properties;

	private @Nullable Supervisor running;

	private boolean closed;

	SupervisorHolder(Supplier<Supervisor> starter, LocalProperties properties) {
		this.starter = starter;
		this.properties = properties;
	}

	synchronized Supervisor get() {
		if (this.closed) {
			throw new EngineUnreachableException("the server stops: no sandbox is started or ended any more", null);
		}
		Supervisor known = this.running;
		if (known == null || known.hasEnded()) {
			known = start();
			this.running = known;
		}
		return known;
	}

	private Supervisor start() {
		Supervisor started = this.starter.get();
		JsonNode about = started.about(this.properties.callTimeout());
		String trouble = about.path("trouble").asString("");
		if (!trouble.isEmpty() && !this.properties.unconfined()) {
			started.close();
			throw new EngineUnreachableException("sandboxes cannot be confined on this machine: " + trouble
					+ ". Install bubblewrap (Debian: apt-get install bubblewrap), use CONTAINER_DEPLOYMENT=docker, or "
					+ "set LOCAL_BACKEND_UNCONFINED=true to run them without isolation", null);
		}
		report(about);
		return started;
	}

	private static void report(JsonNode about) {
		String groups = about.path("controllers").valueStream().map(JsonNode::asString).toList().toString();
		boolean root = about.path("privileged").asBoolean();
		if (about.path("confined").asBoolean()) {
			logger.info(
					"Local sandboxes have namespaces and {}{}; limits by control groups {}, others by rlimits. They "
							+ "share this machine's kernel and read its /usr",
					root ? "a user each" : "this server's user",
					about.path("filtered").asBoolean() ? ", and a filter of system calls" : "", groups);
		}
		else {
			logger.warn("Local sandboxes are not confined: what runs in them can do what {} can",
					root ? "any user of this machine" : "this server");
		}
	}

	void close() {
		Supervisor last;
		synchronized (this) {
			this.closed = true;
			last = this.running;
			this.running = null;
		}
		if (last != null) {
			last.close();
		}
	}

}
