package io.sandboxmanager.maintenance;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.SandboxStore;

/**
 * Lets the servers that share the state know of this one. One that crashed is forgotten
 * after a while.
 */
public final class RegistrationTask implements MaintenanceTask {

	private static final Logger logger = LoggerFactory.getLogger(RegistrationTask.class);

	private static final Duration INTERVAL = Duration.ofSeconds(5);

	private static final Duration LASTING = Duration.ofSeconds(20);

	private static final Duration SURE_AFTER = INTERVAL.multipliedBy(2);

	private final SandboxStore store;

	private final ContainerBackend backend;

	private final String server;

	private final Clock clock;

	/** So that no registration that is under way comes after the leave. */
	private final ReentrantLock lock = new ReentrantLock();

	private boolean left;

	/** Until then others may not have come back from a time without the state. */
	private volatile Instant incompleteUntil = Instant.MIN;

	/**
	 * Creates the task.
	 * @param server a name that no other server has
	 */
	public RegistrationTask(SandboxStore store, ContainerBackend backend, String server, Clock clock) {
		this.store = store;
		this.backend = backend;
		this.server = server;
		this.clock = clock;
	}

	@Override
	public String name() {
		return "registration";
	}

	@Override
	public Duration interval() {
		return INTERVAL;
	}

	/**
	 * Registers this server, or says that it is still there.
	 * @throws io.sandboxmanager.store.EngineMismatchException when another one that
	 * shares the state looks after another engine
	 * @throws io.sandboxmanager.store.ClockSkewException when its clock is not that of
	 * the others
	 */
	@Override
	public void run() {
		this.lock.lock();
		try {
			if (!this.left) {
				register();
			}
		}
		finally {
			this.lock.unlock();
		}
	}

	private void register() {
		try {
			this.store.register(this.server, this.backend.engineId(), this.clock.instant(), LASTING);
		}
		catch (StateUnavailableException ex) {
			this.incompleteUntil = this.clock.instant().plus(SURE_AFTER);
			throw ex;
		}
	}

	/**
	 * Takes leave.
	 * @param cleanup how long the last server has to remove what there is
	 * @return the right to do so, if no other server is left, for sure: while the state
	 * was away their registrations may have ended too. A server that comes ends it
	 */
	public Optional<Lease> leave(Duration cleanup) {
		this.lock.lock();
		try {
			this.left = true;
			Optional<Lease> last = this.store.deregister(this.server, cleanup);
			if (last.isPresent() && this.clock.instant().isBefore(this.incompleteUntil)) {
				logger.warn("The sandboxes stay: the state was away less than {} s ago, and servers that share it may "
						+ "not have come back. The next server goes on with them", SURE_AFTER.toSeconds());
				done(last.get());
				return Optional.empty();
			}
			return last;
		}
		finally {
			this.lock.unlock();
		}
	}

	/** Gives back the right that {@link #leave} gave. */
	public void done(Lease cleanup) {
		this.store.giveUp(cleanup);
	}

}
