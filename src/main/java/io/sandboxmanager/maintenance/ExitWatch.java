package io.sandboxmanager.maintenance;

import java.util.Map;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.backend.ContainerListener;
import io.sandboxmanager.lifecycle.SandboxControl;
import io.sandboxmanager.pool.WarmPools;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxState;

/**
 * Hears from the engine when a container ends: a warm one leaves its pool at once, one
 * that is handed out counts as stopped.
 */
public final class ExitWatch implements ContainerListener, AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(ExitWatch.class);

	private final SandboxControl control;

	private final WarmPools pools;

	private final Runnable compare;

	private final ContainerBackend.Subscription subscription;

	/**
	 * Begins to listen.
	 * @param labels what the containers of this server carry
	 * @param compare compares records and containers soon, after events were lost
	 */
	public ExitWatch(ContainerBackend backend, Map<String, String> labels, SandboxControl control, WarmPools pools,
			Runnable compare) {
		this.control = control;
		this.pools = pools;
		this.compare = compare;
		this.subscription = backend.watch(labels, this);
	}

	@Override
	public void onExit(ContainerExit exit) {
		try {
			this.control.noteEnd(exit.ref()).ifPresent((sandbox) -> {
				logger.info("The container of sandbox {} ended with code {}{}", sandbox.id(), exit.exitCode(),
						exit.outOfMemory() ? ", out of memory" : "");
				if (sandbox.state() == SandboxState.WARM) {
					this.pools.removeDead(sandbox);
				}
			});
		}
		catch (SandboxException ex) {
			logger.warn("The end of container {} could not be noted: {}", exit.ref(), ex.getMessage());
		}
	}

	@Override
	public void onReconnect() {
		this.compare.run();
	}

	@Override
	public void close() {
		this.subscription.close();
	}

}
