package io.sandboxmanager.lifecycle;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

import io.sandboxmanager.provisioning.Provisioner;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
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
 * environment, or a single one that is in no session. However many requests touch them at
 * once, one of them does it, by lease.
 */
public final class SessionRestore {

	private static final Logger logger = LoggerFactory.getLogger(SessionRestore.class);

	private static final Duration LEASE_TIME = Duration.ofMinutes(3);

	private static final Duration PAUSE = Duration.ofMillis(50);

	private final SandboxStore store;

	private final TemplateCatalogue catalogue;

	private final Provisioner provisioner;

	private final SandboxCreation creation;

	private final SandboxRelease release;

	private final LifecycleProperties properties;

	private final Clock clock;

	private final Sleeper sleeper;

	public SessionRestore(SandboxStore store, TemplateCatalogue catalogue, Provisioner provisioner,
			SandboxCreation creation, SandboxRelease release, LifecycleProperties properties, Clock clock,
			Sleeper sleeper) {
		this.store = store;
		this.catalogue = catalogue;
		this.provisioner = provisioner;
		this.creation = creation;
		this.release = release;
		this.properties = properties;
		this.clock = clock;
		this.sleeper = sleeper;
	}

	/**
	 * Restores a recycled sandbox with its whole session.
	 * @return the record that has taken this one's place
	 */
	Sandbox restore(Sandbox recycled) {
		String what = "restore:" + Optional.ofNullable(recycled.session()).orElse(recycled.id().value());
		String holder = SandboxId.random().value();
		Instant giveUpAt = this.clock.instant().plus(LEASE_TIME);
		while (this.clock.instant().isBefore(giveUpAt)) {
			Optional<Lease> lease = this.store.lease(what, holder, LEASE_TIME);
			Optional<SandboxException> failure = lease.flatMap((held) -> restoreAll(recycled, held));
			Sandbox now = this.store.find(recycled.id()).orElse(recycled);
			if (now.state() != SandboxState.RECYCLED) {
				return now;
			}
			if (failure.isPresent()) {
				throw failure.get();
			}
			pause(recycled);
		}
		throw new SandboxUnavailableException(recycled.id(), "it is being restored; try again");
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

	/**
	 * Restores those whose container is gone for sure. One that cannot be restored does
	 * not keep the others from it.
	 * @return the first failure, if any
	 */
	private Optional<SandboxException> restoreAll(Sandbox recycled, Lease lease) {
		Optional<SandboxException> failure = Optional.empty();
		try {
			for (Sandbox member : companyOf(recycled)) {
				Optional<SandboxException> failed = restoreOne(member, lease);
				failure = failure.or(() -> failed);
			}
		}
		finally {
			this.store.giveUp(lease);
		}
		return failure;
	}

	private List<Sandbox> companyOf(Sandbox recycled) {
		String session = recycled.session();
		return (session != null) ? this.store.bySession(session) : this.store.find(recycled.id()).stream().toList();
	}

	private Optional<SandboxException> restoreOne(Sandbox member, Lease lease) {
		if (member.state() != SandboxState.RECYCLED || member.placement() != null) {
			return Optional.empty();
		}
		if (this.store.lease(lease.name(), lease.holder(), LEASE_TIME).isEmpty()) {
			return Optional.empty(); // somebody else goes on with the session
		}
		try {
			replace(member);
			return Optional.empty();
		}
		catch (SandboxException ex) {
			logger.warn("Sandbox {} could not be restored: {}", member.id(), ex.getMessage());
			return Optional.of(ex);
		}
	}

	private void replace(Sandbox recycled) {
		SandboxTemplate template = this.catalogue.find(recycled.kind().type());
		Sandbox successor = this.creation.makeWithinLimit((room) -> this.provisioner.provisionReplacement(template,
				recycled, this.creation.claim(recycled.owner(), recycled.request()), room));
		try {
			Instant now = this.clock.instant();
			this.store.update(recycled.replacedBy(successor.id(), now, now.plus(this.properties.releasedTtl())));
			logger.info("Sandbox {} is back as {}", recycled.id(), successor.id());
		}
		catch (SandboxException ex) {
			this.release.release(successor.id());
			throw ex;
		}
	}

}
