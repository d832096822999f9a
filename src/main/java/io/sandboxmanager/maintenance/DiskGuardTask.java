package io.sandboxmanager.maintenance;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.lifecycle.SandboxControl;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.workspace.FileTree;

/**
 * Keeps one sandbox from filling the disk that all others and the server need. As long as
 * there is room it asks the file system for its free space and does nothing else. When
 * there is little left it measures the sandboxes, and stops the one that grew most since
 * the last look. Its files stay where they are: they are its owner's work.
 */
public final class DiskGuardTask implements MaintenanceTask {

	private static final Logger logger = LoggerFactory.getLogger(DiskGuardTask.class);

	private static final Duration INTERVAL = Duration.ofSeconds(1);

	/** Bytes; less is the ordinary work of a sandbox. */
	private static final long GROWTH = 1 << 20;

	private final SandboxStore store;

	private final ContainerBackend backend;

	private final SandboxControl control;

	private final LongSupplier free;

	private final long reserve;

	private final Map<String, String> labels;

	private boolean tight;

	private Map<SandboxId, Long> sizes = Map.of();

	/**
	 * Creates the task.
	 * @param labels what the containers of this server carry
	 * @param free how many bytes are free where sandboxes write
	 * @param reserve how many bytes are to stay free, zero for no guard
	 */
	public DiskGuardTask(SandboxStore store, ContainerBackend backend, SandboxControl control,
			Map<String, String> labels, LongSupplier free, long reserve) {
		this.store = store;
		this.backend = backend;
		this.control = control;
		this.labels = labels;
		this.free = free;
		this.reserve = reserve;
	}

	@Override
	public String name() {
		return "disk-guard";
	}

	@Override
	public Duration interval() {
		return (this.reserve > 0) ? INTERVAL : Duration.ZERO;
	}

	@Override
	public void run() {
		long left = this.free.getAsLong();
		if (left >= this.reserve) {
			this.sizes = Map.of();
			this.tight = false;
			return;
		}
		Map<SandboxId, Long> before = this.sizes;
		this.sizes = measure();
		if (!this.tight) {
			this.tight = true;
			logger.warn("Only {} MiB are free where sandboxes write: the one that grows most is stopped", left >> 20);
			return;
		}
		fastest(before).ifPresent((id) -> stop(id, this.sizes.getOrDefault(id, 0L), before.getOrDefault(id, 0L)));
	}

	private Optional<SandboxId> fastest(Map<SandboxId, Long> before) {
		return this.sizes.entrySet()
			.stream()
			.filter((now) -> now.getValue() - before.getOrDefault(now.getKey(), 0L) >= GROWTH)
			.max((one, other) -> Long.compare(one.getValue() - before.getOrDefault(one.getKey(), 0L),
					other.getValue() - before.getOrDefault(other.getKey(), 0L)))
			.map(Map.Entry::getKey);
	}

	private void stop(SandboxId id, long now, long before) {
		if (this.control.stop(id.value())) {
			logger.warn(
					"Sandbox {} is stopped: it wrote {} MiB within a moment, has {} MiB now, and the disk is nearly "
							+ "full. Its files are kept; make room before it is started again",
					id, (now - before) >> 20, now >> 20);
		}
	}

	private Map<SandboxId, Long> measure() {
		Map<String, Long> written = this.backend.writtenBytes(this.labels);
		Map<SandboxId, Long> found = new HashMap<>();
		this.store.visit((sandbox) -> {
			if (sandbox.state() == SandboxState.RUNNING) {
				found.put(sandbox.id(), size(sandbox, written));
			}
		});
		return found;
	}

	private static long size(Sandbox sandbox, Map<String, Long> written) {
		String folder = sandbox.workspace().directory();
		long inWorkspace = (folder != null) ? FileTree.size(Path.of(folder)) : 0;
		return inWorkspace + written.getOrDefault(sandbox.requirePlacement().ref(), 0L);
	}

}
