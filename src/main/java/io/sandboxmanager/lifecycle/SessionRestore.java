package io.sandboxmanager.lifecycle;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import io.sandboxmanager.provisioning.Provisioner;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.sandbox.SandboxUnavailableException;
import io.sandboxmanager.sandbox.Sleeper;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.template.TemplateCatalogue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the sandboxes of a recycled session back, with their files and their
 * environment. However many requests touch the session at once, one of them does it, by
 * lease.
 */
public final class SessionRestore {

	private static final Logger logger = LoggerFactory.getLogger(SessionRestore.class);

	private static final Duration LEASE_TIME = Duration.ofMinutes(3);

	private static final Duration PAUSE = Duration.ofMillis(50);

	private final SandboxStore store;

	private final TemplateCatalogue catalogue;

	private final Provisioner provisioner;

	private final SandboxCreation creation;

	private final LifecycleProperties properties;

	private final Clock clock;

	private final Sleeper sleeper;

	public SessionRestore(SandboxStore store, TemplateCatalogue catalogue, Provisioner provisioner,
			SandboxCreation creation, LifecycleProperties properties, Clock clock, Sleeper sleeper) {
		this.store = store;
		this.catalogue = catalogue;
		this.provisioner = provisioner;
		this.creation = creation;
		this.properties = properties;
		this.clock = clock;
		this.sleeper = sleeper;
	}

	/**
	 * Restores the whole session of a recycled sandbox.
	 * @return the record that has taken this one's place
	 */
	Sandbox restore(Sandbox recycled) {
		String session = recycled.session();
		String holder = SandboxId.random().value();
		Instant giveUpAt = this.clock.instant().plus(LEASE_TIME);
		while (session != null && this.clock.instant().isBefore(giveUpAt)) {
			Optional<Lease> lease = this.store.lease("restore:" + session, holder, LEASE_TIME);
			if (lease.isPresent()) {
				restoreAll(session, lease.get());
			}
			Sandbox now = this.store.find(recycled.id()).orElse(recycled);
			if (now.state() != SandboxState.RECYCLED) {
				return now;
			}
			pause(recycled);
		}
		throw new SandboxUnavailableException(recycled.id(), "its session is being restored; try again");
	}

	private void pause(Sandbox recycled) {
		try {
			this.sleeper.sleep(PAUSE);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new SandboxUnavailableException(recycled.id(), "waiting for its restore was interrupted");
		}
	}

	private void restoreAll(String session, Lease lease) {
		try {
			List<Sandbox> members = this.store.bySession(session);
			members.stream().filter((member) -> member.state() == SandboxState.RECYCLED).forEach(this::restoreOne);
		}
		finally {
			this.store.giveUp(lease);
		}
	}

	private void restoreOne(Sandbox recycled) {
		SandboxTemplate template = this.catalogue.find(recycled.kind().type());
		Sandbox successor = this.creation.makeWithinLimit(() -> this.provisioner.provisionReplacement(template,
				recycled, this.creation.claim(recycled.owner(), recycled.request())));
		Instant now = this.clock.instant();
		this.store.update(recycled.replacedBy(successor.id(), now, now.plus(this.properties.releasedTtl())));
		logger.info("Sandbox {} of an idle session is back as {}", recycled.id(), successor.id());
	}

}
