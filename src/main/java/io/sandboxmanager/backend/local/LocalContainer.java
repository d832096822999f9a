package io.sandboxmanager.backend.local;

import java.time.Instant;
import java.util.Map;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.backend.ContainerHandle;
import io.sandboxmanager.backend.ContainerSpec;
import io.sandboxmanager.backend.ContainerStatus;
import io.sandboxmanager.backend.ContainerSummary;
import io.sandboxmanager.sandbox.Endpoint;

/** A sandbox that was started here and not removed yet. */
final class LocalContainer {

	private final String ref;

	private final ContainerSpec spec;

	private final Instant createdAt;

	private final OutputLog log = new OutputLog();

	private volatile ContainerStatus status = ContainerStatus.CREATED;

	private volatile @Nullable Endpoint endpoint;

	private volatile @Nullable Long uid;

	LocalContainer(String ref, ContainerSpec spec, Instant createdAt) {
		this.ref = ref;
		this.spec = spec;
		this.createdAt = createdAt;
	}

	/**
	 * It runs.
	 * @param uid the user that it runs as, and will when it is started again
	 */
	void started(Endpoint endpoint, long uid) {
		this.endpoint = endpoint;
		this.uid = uid;
	}

	void running() {
		this.log.begin();
		this.status = ContainerStatus.RUNNING;
	}

	void ended() {
		this.status = ContainerStatus.EXITED;
		this.log.end();
	}

	String ref() {
		return this.ref;
	}

	ContainerSpec spec() {
		return this.spec;
	}

	OutputLog log() {
		return this.log;
	}

	ContainerStatus status() {
		return this.status;
	}

	@Nullable Long uid() {
		return this.uid;
	}

	ContainerHandle handle() {
		Endpoint known = this.endpoint;
		if (known == null) {
			throw new IllegalStateException("container " + this.ref + " was never started");
		}
		return new ContainerHandle(this.ref, known);
	}

	boolean carries(Map<String, String> labels) {
		return this.spec.labels().entrySet().containsAll(labels.entrySet());
	}

	ContainerSummary summary() {
		return new ContainerSummary(this.ref, this.spec.name(), this.spec.labels(), this.status, this.createdAt);
	}

}
