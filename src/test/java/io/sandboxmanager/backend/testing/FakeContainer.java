package io.sandboxmanager.backend.testing;

import java.net.URI;
import java.time.Instant;
import java.util.Map;

import com.sun.net.httpserver.HttpHandler;
import org.jspecify.annotations.Nullable;

import io.sandboxmanager.backend.ContainerHandle;
import io.sandboxmanager.backend.ContainerSpec;
import io.sandboxmanager.backend.ContainerStatus;
import io.sandboxmanager.backend.ContainerSummary;
import io.sandboxmanager.sandbox.Endpoint;

/** An entry of an {@link InMemoryContainerBackend}. */
final class FakeContainer {

	private static final Endpoint NOBODY = new Endpoint(URI.create("http://127.0.0.1:1"));

	private final String ref;

	private final ContainerSpec spec;

	private final Instant createdAt;

	private final FakeLog log = new FakeLog();

	private ContainerStatus status = ContainerStatus.CREATED;

	private @Nullable TinyAgent agent;

	FakeContainer(String ref, ContainerSpec spec, Instant createdAt) {
		this.ref = ref;
		this.spec = spec;
		this.createdAt = createdAt;
	}

	String ref() {
		return this.ref;
	}

	ContainerSpec spec() {
		return this.spec;
	}

	FakeLog log() {
		return this.log;
	}

	synchronized ContainerStatus status() {
		return this.status;
	}

	synchronized ContainerSummary summary() {
		return new ContainerSummary(this.ref, this.spec.name(), this.spec.labels(), this.status, this.createdAt);
	}

	synchronized ContainerHandle start(@Nullable HttpHandler handler) {
		if (this.status != ContainerStatus.RUNNING) {
			this.status = ContainerStatus.RUNNING;
			this.agent = (handler != null) ? TinyAgent.start(handler) : null;
			this.log.open();
		}
		return new ContainerHandle(this.ref, (this.agent != null) ? this.agent.endpoint() : NOBODY);
	}

	/** Whether it ran until now. */
	synchronized boolean stop() {
		boolean ran = this.status == ContainerStatus.RUNNING;
		this.status = ContainerStatus.EXITED;
		this.log.end();
		if (this.agent != null) {
			this.agent.close();
			this.agent = null;
		}
		return ran;
	}

	boolean hasLabels(Map<String, String> labels) {
		return this.spec.labels().entrySet().containsAll(labels.entrySet());
	}

}
