package io.sandboxmanager.security;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.TestSandboxes;
import io.sandboxmanager.security.Tickets.Issued;
import io.sandboxmanager.store.MutableClock;
import io.sandboxmanager.store.memory.MemorySandboxStore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/** What a ticket opens, and what it does not. */
class TicketsTests {

	private static final Duration DAY = Duration.ofDays(1);

	private final MutableClock clock = new MutableClock(TestSandboxes.NOW);

	private final MemorySandboxStore store = new MemorySandboxStore("manager", this.clock);

	private final Tickets tickets = new Tickets(this.store, this.clock, DAY);

	private final SandboxId sandbox = SandboxId.random();

	@Test
	void opensItsSandboxForItsPurposesAsOftenAsWanted() {
		Issued issued = this.tickets.issue(this.sandbox, EnumSet.of(Purpose.CDP, Purpose.PORTS));
		for (int i = 0; i < 3; i++) {
			assertThat(this.tickets.check(issued.text(), this.sandbox, Purpose.CDP)).contains(issued.ticket());
			assertThat(this.tickets.check(issued.text(), this.sandbox, Purpose.PORTS)).contains(issued.ticket());
		}
		assertThat(this.tickets.check(issued.text(), this.sandbox, Purpose.VNC)).isEmpty();
		assertThat(this.tickets.check(issued.text(), SandboxId.random(), Purpose.CDP)).isEmpty();
	}

	@Test
	void isKnownByEveryServerOnTheStateAndByNoOther() {
		String text = this.tickets.issue(this.sandbox, EnumSet.allOf(Purpose.class)).text();
		assertThat(new Tickets(this.store, this.clock, DAY).check(text, this.sandbox, Purpose.VNC)).isPresent();
		Tickets others = new Tickets(new MemorySandboxStore("manager", this.clock), this.clock, DAY);
		assertThat(others.check(text, this.sandbox, Purpose.VNC)).isEmpty();
	}

	@Test
	void endsByItself() {
		String text = this.tickets.issue(this.sandbox, Set.of(Purpose.VNC), Duration.ofMinutes(5)).text();
		this.clock.advance(Duration.ofMinutes(5).minusMillis(1));
		assertThat(this.tickets.check(text, this.sandbox, Purpose.VNC)).isPresent();
		this.clock.advance(Duration.ofMillis(1));
		assertThat(this.tickets.check(text, this.sandbox, Purpose.VNC)).isEmpty();
	}

	@Test
	void lastsAnHourIfNobodySaysAndNeverLongerThanAllowed() {
		Issued issued = this.tickets.issue(this.sandbox, Set.of(Purpose.VNC));
		assertThat(issued.ticket().until()).isEqualTo(TestSandboxes.NOW.plusSeconds(3600));
		Duration more = DAY.plusSeconds(1);
		assertThatIllegalArgumentException()
			.isThrownBy(() -> this.tickets.issue(this.sandbox, Set.of(Purpose.VNC), more));
	}

	@Test
	void opensNothingOnceItIsRevokedForAsLongAsItCouldHaveLasted() {
		Issued revoked = this.tickets.issue(this.sandbox, EnumSet.allOf(Purpose.class), DAY);
		Issued other = this.tickets.issue(this.sandbox, EnumSet.allOf(Purpose.class), DAY);
		Issued narrow = this.tickets.narrow(revoked.ticket(), Purpose.VNC);
		this.tickets.revoke(revoked.ticket().id());
		this.clock.advance(DAY.minusMillis(1));
		assertThat(this.tickets.check(revoked.text(), this.sandbox, Purpose.VNC)).isEmpty();
		assertThat(this.tickets.check(narrow.text(), this.sandbox, Purpose.VNC)).isEmpty();
		assertThat(this.tickets.check(other.text(), this.sandbox, Purpose.VNC)).isPresent();
	}

	@Test
	void narrowedTicketOpensLessAndNeverMore() {
		Issued issued = this.tickets.issue(this.sandbox, EnumSet.of(Purpose.VNC, Purpose.PORTS));
		String narrow = this.tickets.narrow(issued.ticket(), Purpose.PORTS).text();
		assertThat(this.tickets.check(narrow, this.sandbox, Purpose.PORTS)).isPresent();
		assertThat(this.tickets.check(narrow, this.sandbox, Purpose.VNC)).isEmpty();
		assertThatIllegalArgumentException().isThrownBy(() -> this.tickets.narrow(issued.ticket(), Purpose.CDP));
	}

	/** Each bit counts: of the purposes, the end, the sandbox and the signature. */
	@Test
	void changedTicketIsForged() {
		String text = this.tickets.issue(this.sandbox, Set.of(Purpose.VNC)).text();
		byte[] bytes = Base64.getUrlDecoder().decode(text.substring("smt_".length()));
		for (int i = 0; i < bytes.length * 8; i++) {
			byte[] forged = bytes.clone();
			forged[i / 8] ^= (byte) (1 << (i % 8));
			String shown = "smt_" + Base64.getUrlEncoder().withoutPadding().encodeToString(forged);
			for (Purpose purpose : Purpose.values()) {
				assertThat(this.tickets.check(shown, this.sandbox, purpose)).as("bit %d", i).isEmpty();
			}
		}
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "smt_", "smt_x", "null", "é" })
	void whatIsNoTicketOpensNothing(String text) {
		assertThat(Tickets.isTicket(text)).isFalse();
		assertThat(this.tickets.check(text, this.sandbox, Purpose.VNC)).isEmpty();
	}

	@Test
	void textFitsIntoAPathAQueryAndACookieAndShowsNothingByAccident() {
		Issued issued = this.tickets.issue(this.sandbox, Set.of(Purpose.VNC));
		assertThat(issued.text()).matches("smt_[A-Za-z0-9_-]{112}");
		assertThat(Tickets.isTicket(issued.text())).isTrue();
		assertThat(issued.toString()).doesNotContain(issued.text());
		assertThat(issued.text().getBytes(StandardCharsets.US_ASCII)).hasSize(116);
		assertThat(Tickets.isId(issued.ticket().id())).isTrue();
		assertThat(Tickets.isId(issued.text())).isFalse();
	}

}
