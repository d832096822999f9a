package io.sandboxmanager.lifecycle;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.StateUnavailableException;

/**
 * Takes back sandboxes of which nobody has heard, since their names were lost on the way
 * to whoever asked. Nobody else would ever release them.
 */
public final class UnheardSandboxes {

	private static final Logger logger = LoggerFactory.getLogger(UnheardSandboxes.class);

	private static final int MOST = 10_000;

	private final SandboxRelease release;

	private final Set<SandboxId> waiting = ConcurrentHashMap.newKeySet();

	public UnheardSandboxes(SandboxRelease release) {
		this.release = release;
	}

	/** Releases a sandbox, as soon as the state answers. Never fails for its sake. */
	public void takeBack(SandboxId id) {
		try {
			this.release.release(id);
			this.waiting.remove(id);
		}
		catch (StateUnavailableException ex) {
			if (this.waiting.size() < MOST) {
				this.waiting.add(id);
				logger.debug("Sandbox {}, of which nobody has heard, is released later: {}", id, ex.getMessage());
			}
			else {
				logger.warn("Sandbox {}, of which nobody has heard, stays until its longest lifetime: {} others wait "
						+ "for the state too", id, MOST);
			}
		}
	}

	/**
	 * Tries again those that wait.
	 * @return how many still do
	 */
	public int retry() {
		this.waiting.forEach(this::takeBack);
		return this.waiting.size();
	}

}
