package io.sandboxmanager.lifecycle;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxNotFoundException;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.SandboxUnavailableException;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.store.SandboxStore;

/** {@link SandboxAccess} over the records. */
public final class DefaultSandboxAccess implements SandboxAccess {

	private static final Logger logger = LoggerFactory.getLogger(DefaultSandboxAccess.class);

	private static final Duration SHORTEST_NOTE_INTERVAL = Duration.ofSeconds(1);

	private static final Duration LONGEST_NOTE_INTERVAL = Duration.ofMinutes(1);

	private final SandboxStore store;

	private final SandboxLookup lookup;

	private final SessionRestore restore;

	private final UntriedSandboxes untried;

	private final IdleTimes idle;

	private final Clock clock;

	private final RecentSandboxes recent = new RecentSandboxes();

	/** How many activities each sandbox has that is in use on this server now. */
	private final Map<SandboxId, Integer> open = new ConcurrentHashMap<>();

	/** When the use of what is open is noted again. */
	private volatile Instant nextNote = Instant.MIN;

	public DefaultSandboxAccess(SandboxStore store, SandboxLookup lookup, SessionRestore restore,
			UntriedSandboxes untried, IdleTimes idle, Clock clock) {
		this.store = store;
		this.lookup = lookup;
		this.restore = restore;
		this.untried = untried;
		this.idle = idle;
		this.clock = clock;
	}

	/** While the state is away, what was reached lately is reached still. */
	@Override
	public Sandbox reach(String identity) {
		try {
			Sandbox sandbox = reachNow(identity);
			this.recent.note(identity, sandbox, this.clock.instant());
			return sandbox;
		}
		catch (StateUnavailableException ex) {
			return this.recent.find(identity).orElseThrow(() -> ex);
		}
		catch (SandboxException ex) {
			this.recent.forget(identity);
			throw ex;
		}
	}

	private Sandbox reachNow(String identity) {
		Sandbox sandbox = find(identity);
		if (this.untried.isDead(sandbox) && this.untried.giveUp(sandbox)) {
			sandbox = find(sandbox.id().value());
		}
		if (sandbox.state() == SandboxState.RECYCLED) {
			sandbox = find(this.restore.restore(sandbox).id().value());
		}
		if (sandbox.state() != SandboxState.RUNNING) {
			throw new SandboxUnavailableException(sandbox.id(), sandbox.state());
		}
		touch(sandbox.id());
		return sandbox;
	}

	@Override
	public Sandbox find(String identity) {
		return this.lookup.findCurrent(identity).orElseThrow(() -> new SandboxNotFoundException(identity));
	}

	@Override
	public Optional<Sandbox> insteadOf(Sandbox unreached) {
		return this.untried.giveUp(unreached) ? Optional.of(reach(unreached.id().value())) : Optional.empty();
	}

	@Override
	public void answered(Sandbox sandbox) {
		this.untried.noteAnswer(sandbox);
	}

	@Override
	public Activity begin(Sandbox sandbox) {
		this.open.merge(sandbox.id(), 1, Integer::sum);
		return () -> end(sandbox.id());
	}

	private void end(SandboxId id) {
		this.open.computeIfPresent(id, (key, count) -> (count > 1) ? count - 1 : null);
		try {
			touch(id);
		}
		catch (SandboxException ex) {
			logger.warn("The use of sandbox {} cannot be noted, so it may count as idle too early: {}", id,
					ex.getMessage());
		}
		catch (RuntimeException ex) {
			logger.error("The use of sandbox {} cannot be noted, so it may count as idle too early", id, ex);
		}
	}

	/**
	 * Notes the use of everything that has an open activity. It may be called as often as
	 * one likes: it does so several times in the idle time of a session.
	 */
	public void touchOpen() {
		Instant now = this.clock.instant();
		if (!this.open.isEmpty() && !now.isBefore(this.nextNote)) {
			this.open.keySet().forEach(this::touch);
			this.nextNote = now.plus(noteInterval());
		}
	}

	private Duration noteInterval() {
		Duration quarter = this.idle.shortest().isZero() ? LONGEST_NOTE_INTERVAL : this.idle.shortest().dividedBy(4);
		return Collections
			.max(List.of(SHORTEST_NOTE_INTERVAL, Collections.min(List.of(LONGEST_NOTE_INTERVAL, quarter))));
	}

	/** What has more idle time is looked at early, and left until it is over. */
	private void touch(SandboxId id) {
		this.store.touch(id, this.clock.instant(), this.idle.shortest());
	}

}
