package io.sandboxmanager.lifecycle;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.store.SandboxStore;

/** What happens to a sandbox whose deadline has passed. */
public final class SandboxExpiry {

	private static final Logger logger = LoggerFactory.getLogger(SandboxExpiry.class);

	private final SandboxStore store;

	private final SandboxLookup lookup;

	private final Remover remover;

	private final LifecycleProperties properties;

	private final IdleTimes idle;

	private final Clock clock;

	public SandboxExpiry(SandboxStore store, SandboxLookup lookup, Remover remover, LifecycleProperties properties,
			IdleTimes idle, Clock clock) {
		this.store = store;
		this.lookup = lookup;
		this.remover = remover;
		this.properties = properties;
		this.idle = idle;
		this.clock = clock;
	}

	/** Does what is due. That somebody was quicker is no failure. */
	public void expire(Sandbox sandbox) {
		try {
			switch (sandbox.state()) {
				case PROVISIONING, WARM -> abandon(sandbox);
				case RUNNING, STOPPED -> end(sandbox);
				case RELEASING -> this.remover.retry(sandbox);
				case RECYCLED, FAILED -> retryOrForget(sandbox);
				case REPLACED -> forgetUnlessItLeadsOn(sandbox);
				case RELEASED -> this.store.delete(sandbox);
			}
		}
		catch (StaleSandboxException ex) {
			logger.debug("Sandbox {} changed while it expired; it is looked at again", sandbox.id());
		}
	}

	private void abandon(Sandbox sandbox) {
		logger.warn("Sandbox {} of type {} was not ready in time and is removed", sandbox.id(), sandbox.kind().type());
		this.remover.remove(sandbox);
	}

	private void end(Sandbox sandbox) {
		Instant now = this.clock.instant();
		Instant expiresAt = sandbox.timeline().expiresAt();
		if (expiresAt != null && !now.isBefore(expiresAt)) {
			logger.info("Sandbox {} has reached its longest lifetime and is released", sandbox.id());
			this.remover.remove(sandbox);
			return;
		}
		Duration idle = this.idle.of(sandbox.kind().type());
		Instant idleAt = lastUseOfSession(sandbox).plus(idle);
		if (idle.isZero()) {
			this.store.update(sandbox.due(expiresAt));
		}
		else if (now.isBefore(idleAt)) {
			this.store.update(sandbox.due((expiresAt != null && expiresAt.isBefore(idleAt)) ? expiresAt : idleAt));
		}
		else {
			recycle(sandbox, now);
		}
	}

	/** A use of one sandbox keeps all of its session. */
	private Instant lastUseOfSession(Sandbox sandbox) {
		String session = sandbox.session();
		return (session == null) ? lastUse(sandbox)
				: this.store.bySession(session)
					.stream()
					.filter((member) -> member.state().isHandedOut())
					.map(SandboxExpiry::lastUse)
					.max(Instant::compareTo)
					.orElse(lastUse(sandbox));
	}

	private static Instant lastUse(Sandbox sandbox) {
		return Optional.ofNullable(sandbox.timeline().lastActiveAt()).orElse(sandbox.timeline().updatedAt());
	}

	private void recycle(Sandbox sandbox, Instant now) {
		Sandbox recycled = this.store.update(sandbox.recycled(Sandbox.HEARTBEAT_TIMEOUT, now, this.remover.retryAt()));
		logger.info("Sandbox {} is recycled: nobody used session {} for {}", sandbox.id(), sandbox.session(),
				this.idle.of(sandbox.kind().type()));
		this.remover.finish(recycled);
	}

	private void retryOrForget(Sandbox gone) {
		if (gone.isToBeCleared()) {
			this.remover.retry(gone);
		}
		else {
			this.store.delete(gone);
		}
	}

	/**
	 * Its owner may not know that it was replaced, so its name is good for as long as its
	 * successor is. The way there is made as short as it can be.
	 */
	private void forgetUnlessItLeadsOn(Sandbox replaced) {
		Sandbox last = this.lookup.current(replaced);
		if (last.id().equals(replaced.id()) || !last.state().isInSession()) {
			this.store.delete(replaced);
			return;
		}
		Instant now = this.clock.instant();
		this.store.update(replaced.replacedBy(last.id(), now, now.plus(this.properties.releasedTtl())));
	}

}
