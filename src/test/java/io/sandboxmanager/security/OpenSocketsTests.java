package io.sandboxmanager.security;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.sandbox.TestSandboxes;
import io.sandboxmanager.security.OpenSockets.Watch;
import io.sandboxmanager.store.MutableClock;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.StoreFaults;
import io.sandboxmanager.store.memory.MemorySandboxStore;

import static org.assertj.core.api.Assertions.assertThat;

/** What a ticket has opened ends with it. */
class OpenSocketsTests {

	private final MutableClock clock = new MutableClock(TestSandboxes.NOW);

	private final StoreFaults faults = new StoreFaults();

	private final SandboxStore store = this.faults.over(new MemorySandboxStore("manager", this.clock));

	private final Tickets tickets = new Tickets(this.store, this.clock, Duration.ofDays(1));

	private final OpenSockets here = new OpenSockets(this.store);

	private final OpenSockets elsewhere = new OpenSockets(this.store);

	private final List<String> ended = new CopyOnWriteArrayList<>();

	private final AccessTicket ticket = ticket();

	@AfterEach
	void close() {
		this.here.close();
		this.elsewhere.close();
		this.store.close();
	}

	@Test
	void revocationEndsItOnEveryServerAndLeavesOthers() {
		open(this.here, this.ticket, "one");
		open(this.here, this.ticket, "two");
		open(this.elsewhere, this.ticket, "three");
		open(this.here, ticket(), "other");
		this.tickets.revoke(this.ticket.id());
		Awaitility.await().until(() -> this.ended.size() == 3);
		assertThat(this.ended).containsExactlyInAnyOrder("one", "two", "three");
	}

	@Test
	void whatIsClosedIsNotEndedAgain() {
		open(this.here, this.ticket, "closed").close();
		open(this.here, this.ticket, "open");
		this.tickets.revoke(this.ticket.id());
		Awaitility.await().until(() -> !this.ended.isEmpty());
		assertThat(this.ended).containsExactly("open");
	}

	@Test
	void whatIsEndedButOpenStillIsNotEndedAgain() {
		for (String name : List.of("one", "two", "three")) {
			AccessTicket its = ticket();
			open(this.here, its, name);
			this.tickets.revoke(its.id());
			Awaitility.await().until(() -> this.ended.contains(name));
		}
		assertThat(this.ended).containsExactly("one", "two", "three");
	}

	@Test
	void whatIsFollowedEndsThoughItsTicketWasRevokedBefore() {
		this.tickets.revoke(this.ticket.id());
		this.here.follow(this.ticket).endBy(() -> this.ended.add("followed"));
		Awaitility.await().until(() -> this.ended.equals(List.of("followed")));
	}

	@Test
	void nothingIsOpenedWithARevokedTicket() {
		this.tickets.revoke(this.ticket.id());
		assertThat(this.here.watch(this.ticket)).isEmpty();
	}

	@Test
	void whatIsOpenedJustWhenItsTicketIsRevokedEndsAtOnce() {
		Watch watch = this.here.watch(this.ticket).orElseThrow();
		open(this.here, this.ticket, "before");
		this.tickets.revoke(this.ticket.id());
		Awaitility.await().until(() -> !this.ended.isEmpty());
		watch.endBy(() -> this.ended.add("late"));
		assertThat(this.ended).containsExactly("before", "late");
	}

	@Test
	void stateThatIsAwayForAMomentDelaysTheEndOnly() {
		open(this.here, this.ticket, "open");
		this.elsewhere.close();
		this.faults.failNext("ticketBook", new StateUnavailableException("away", null));
		this.tickets.revoke(this.ticket.id());
		Awaitility.await().until(() -> this.ended.contains("open"));
	}

	private Watch open(OpenSockets sockets, AccessTicket ticket, String name) {
		Watch watch = sockets.watch(ticket).orElseThrow();
		watch.endBy(() -> this.ended.add(name));
		return watch;
	}

	private AccessTicket ticket() {
		return this.tickets.issue(SandboxId.random(), Set.of(Purpose.VNC)).ticket();
	}

}
