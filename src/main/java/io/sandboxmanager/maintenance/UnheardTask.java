package io.sandboxmanager.maintenance;

import java.time.Duration;

import io.sandboxmanager.lifecycle.UnheardSandboxes;

/** Releases what nobody has heard of, once the state is back. */
public final class UnheardTask implements MaintenanceTask {

	private static final Duration INTERVAL = Duration.ofSeconds(1);

	private final UnheardSandboxes unheard;

	public UnheardTask(UnheardSandboxes unheard) {
		this.unheard = unheard;
	}

	@Override
	public String name() {
		return "unheard";
	}

	@Override
	public Duration interval() {
		return INTERVAL;
	}

	@Override
	public void run() {
		this.unheard.retry();
	}

}
