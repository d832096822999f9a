package io.sandboxmanager.lifecycle;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalInt;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.pool.WarmPools;
import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.provisioning.Slots;
import io.sandboxmanager.runtime.SandboxRuntime;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.template.TemplateCatalogue;

/**
 * Puts released sandboxes back into their pool, for the same owner, where their type
 * allows it: reset, verified, and under another name. At any doubt a sandbox is destroyed
 * as all others are.
 */
public final class SandboxReuse {

	private static final Logger logger = LoggerFactory.getLogger(SandboxReuse.class);

	private final WarmPools pools;

	private final TemplateCatalogue catalogue;

	private final SandboxRuntime runtime;

	private final Slots slots;

	private final Remover remover;

	private final String prefix;

	private final Duration releasedTtl;

	private final Clock clock;

	/**
	 * Creates the use case.
	 * @param prefix what the names of sandboxes begin with
	 * @param releasedTtl how long the record of a released sandbox is kept
	 */
	public SandboxReuse(WarmPools pools, TemplateCatalogue catalogue, SandboxRuntime runtime, Slots slots,
			Remover remover, String prefix, Duration releasedTtl, Clock clock) {
		this.pools = pools;
		this.catalogue = catalogue;
		this.runtime = runtime;
		this.slots = slots;
		this.remover = remover;
		this.prefix = prefix;
		this.releasedTtl = releasedTtl;
		this.clock = clock;
	}

	/**
	 * Whether a sandbox that is about to be released may come back: it runs, and nothing
	 * in it but what a reset takes away is its owner's.
	 */
	boolean isPossible(Sandbox sandbox) {
		return sandbox.state() == SandboxState.RUNNING && sandbox.request().fitsAnyMember() && !sandbox.isPoolMember()
				&& this.catalogue.maxUses(sandbox.kind().type()) > sandbox.turns();
	}

	/**
	 * Goes on with a sandbox whose release is recorded, in the background. A crash leaves
	 * it to its deadline, which removes it.
	 */
	void putBackOrRemove(Sandbox releasing) {
		this.remover.finishUnless(() -> putBack(releasing), releasing);
	}

	/**
	 * Whether the sandbox is back, or may be.
	 * @throws SandboxException when that is not known: its container may be somebody
	 * else's by now, and the record tells whether it is still to go
	 */
	private boolean putBack(Sandbox releasing) {
		OptionalInt most = resetIfThereIsRoom(releasing);
		return most.isPresent() && putBack(releasing, most.getAsInt());
	}

	private OptionalInt resetIfThereIsRoom(Sandbox releasing) {
		try {
			if (this.pools.roomFor(releasing).isEmpty()) {
				return OptionalInt.empty();
			}
			this.runtime.reset(releasing);
			return this.pools.roomFor(releasing);
		}
		catch (SandboxException ex) {
			logger.warn("Sandbox {} is not used again: {}", releasing.id(), ex.getMessage());
		}
		catch (RuntimeException ex) {
			logger.error("Sandbox {} is not used again", releasing.id(), ex);
		}
		return OptionalInt.empty();
	}

	private boolean putBack(Sandbox releasing, int most) {
		Instant now = this.clock.instant();
		SandboxId id = SandboxId.random();
		Sandbox member = releasing.again(id, this.prefix + id, now);
		int ofType = this.catalogue.find(releasing.kind().type()).maxInstances();
		boolean done = this.slots.putBack(releasing.passedOn(now, now.plus(this.releasedTtl)), member, ofType, most);
		logger.debug("Sandbox {} {}", releasing.id(), done ? "is back in its pool as " + id : "finds its pool full");
		return done;
	}

}
