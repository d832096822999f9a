package io.sandboxmanager.security;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.store.SandboxStore;

/**
 * What tickets have opened on this server and is open still. When a ticket is revoked on
 * any server, all that it has opened here is ended.
 */
public final class OpenSockets implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(OpenSockets.class);

	private static final long RETRY_SECONDS = 1;

	private final Map<String, Set<Watch>> byTicket = new ConcurrentHashMap<>();

	private final SandboxStore store;

	private final ScheduledThreadPoolExecutor thread;

	private final SandboxStore.Subscription subscription;

	/** Whether a look at all tickets is to come that has not begun. */
	private final AtomicBoolean planned = new AtomicBoolean();

	/** The same for the look after those that are followed. */
	private final AtomicBoolean followed = new AtomicBoolean();

	private volatile @Nullable ScheduledFuture<?> next;

	private volatile @Nullable ScheduledFuture<?> after;

	public OpenSockets(SandboxStore store) {
		this.store = store;
		this.thread = new ScheduledThreadPoolExecutor(1, (work) -> {
			Thread thread = new Thread(work, "revoked-tickets");
			thread.setDaemon(true);
			return thread;
		});
		this.thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
		this.subscription = store.onSignal(SandboxStore.TICKETS_REVOKED, () -> plan(0));
	}

	/**
	 * Watches over what is about to be opened with a ticket, until the watch is closed.
	 * @return nothing if the ticket was revoked before it was watched
	 */
	public Optional<Watch> watch(AccessTicket ticket) {
		Watch watch = begin(ticket);
		try {
			if (this.store.ticketBook(Set.of(ticket.id())).revoked().isEmpty()) {
				return Optional.of(watch);
			}
		}
		catch (RuntimeException ex) {
			watch.close();
			throw ex;
		}
		watch.close();
		return Optional.empty();
	}

	/**
	 * Watches over a request that a ticket has let in just now, without a question to the
	 * state: whether it was revoked in between is found out a second later, if the
	 * request lasts as long.
	 */
	public Watch follow(AccessTicket ticket) {
		Watch watch = begin(ticket);
		if (!this.thread.isShutdown() && this.followed.compareAndSet(false, true)) {
			this.after = this.thread.schedule(this::lookAfter, RETRY_SECONDS, TimeUnit.SECONDS);
		}
		return watch;
	}

	private Watch begin(AccessTicket ticket) {
		Watch watch = new Watch(ticket.id());
		this.byTicket.compute(ticket.id(), (id, given) -> {
			Set<Watch> watches = (given != null) ? given : ConcurrentHashMap.newKeySet();
			watches.add(watch);
			return watches;
		});
		return watch;
	}

	private void lookAfter() {
		this.followed.set(false);
		look();
	}

	private void plan(long seconds) {
		if (!this.thread.isShutdown() && this.planned.compareAndSet(false, true)) {
			this.next = this.thread.schedule(this::look, seconds, TimeUnit.SECONDS);
		}
	}

	/** One that fails is made again: nobody tells of the same ticket twice. */
	private void look() {
		this.planned.set(false);
		Set<String> tickets = Set.copyOf(this.byTicket.keySet());
		if (tickets.isEmpty()) {
			return;
		}
		try {
			this.store.ticketBook(tickets).revoked().forEach(this::end);
		}
		catch (SandboxException ex) {
			logger.warn("Which tickets were revoked is asked again in a second: {}", ex.getMessage());
			plan(RETRY_SECONDS);
		}
	}

	private void end(String ticket) {
		Set<Watch> watches = this.byTicket.getOrDefault(ticket, Set.of());
		logger.info("Ticket {} was revoked: what it has opened is ended", ticket);
		watches.forEach(Watch::revoke);
	}

	@Override
	public void close() {
		this.subscription.close();
		cancel(this.next);
		cancel(this.after);
		this.thread.shutdownNow();
	}

	private static void cancel(@Nullable ScheduledFuture<?> look) {
		if (look != null) {
			look.cancel(false);
		}
	}

	/** Watches over one thing that a ticket has opened. */
	public final class Watch implements AutoCloseable {

		private final String ticket;

		private @Nullable Runnable end;

		private boolean revoked;

		private Watch(String ticket) {
			this.ticket = ticket;
		}

		/** Says how to end it, which is done at once if the ticket is revoked already. */
		public void endBy(Runnable end) {
			synchronized (this) {
				this.end = end;
				if (!this.revoked) {
					return;
				}
			}
			end.run();
		}

		/** Whether the ticket was revoked while this was open. */
		public synchronized boolean isRevoked() {
			return this.revoked;
		}

		/** Ends it, once: what was ended may be open for a while yet. */
		private void revoke() {
			Runnable known;
			synchronized (this) {
				if (this.revoked) {
					return;
				}
				this.revoked = true;
				known = this.end;
			}
			if (known != null) {
				known.run();
			}
		}

		/** Notes that it is no longer open. */
		@Override
		public void close() {
			OpenSockets.this.byTicket.computeIfPresent(this.ticket, (id, watches) -> {
				watches.remove(this);
				return watches.isEmpty() ? null : watches;
			});
		}

	}

}
