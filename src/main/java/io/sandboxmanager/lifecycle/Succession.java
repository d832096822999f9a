package io.sandboxmanager.lifecycle;

import java.time.Clock;
import java.time.Instant;
import java.util.Optional;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.provisioning.Provisioner;
import io.sandboxmanager.provisioning.Remover;
import io.sandboxmanager.provisioning.Replacement;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.sandbox.SandboxUnavailableException;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.store.Lease;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.template.TemplateCatalogue;

/**
 * Puts a new sandbox in the place of a recycled one. The recycled one's record says first
 * which it will be, so that whoever restores it after a crash finds what was made and
 * makes no second one.
 */
public final class Succession {

	private static final Logger logger = LoggerFactory.getLogger(Succession.class);

	private final SandboxStore store;

	private final TemplateCatalogue catalogue;

	private final Provisioner provisioner;

	private final SandboxCreation creation;

	private final SandboxRelease release;

	private final Remover remover;

	private final LifecycleProperties properties;

	private final Clock clock;

	public Succession(SandboxStore store, TemplateCatalogue catalogue, Provisioner provisioner,
			SandboxCreation creation, SandboxRelease release, Remover remover, LifecycleProperties properties,
			Clock clock) {
		this.store = store;
		this.catalogue = catalogue;
		this.provisioner = provisioner;
		this.creation = creation;
		this.release = release;
		this.remover = remover;
		this.properties = properties;
		this.clock = clock;
	}

	/**
	 * Replaces a recycled sandbox whose container is gone.
	 * @param lease the right to restore it
	 * @param turn waits until the new one may join its session
	 * @throws io.sandboxmanager.store.LeaseLostException when somebody else restores it
	 * by now
	 */
	void replace(Sandbox recycled, Lease lease, Runnable turn) {
		Optional<Sandbox> left = settle(recycled);
		if (left.isPresent()) {
			point(recycled, left.get().id());
			return;
		}
		SandboxTemplate template = this.catalogue.find(recycled.kind().type());
		Sandbox announced = this.store.updateUnder(lease,
				recycled.toBeReplacedBy(SandboxId.random(), this.clock.instant().plus(this.creation.longest())));
		Sandbox successor = this.creation.makeWithinLimit(
				(room) -> this.provisioner.provisionReplacement(template, new Replacement(announced, lease, turn),
						this.creation.claim(template.type(), recycled.owner(), recycled.request()), room));
		point(announced, successor.id());
	}

	/**
	 * Looks for what an earlier attempt has left, and removes what is not ready: whoever
	 * made it has no right to go on.
	 * @return the successor that it has, if it came so far
	 */
	private Optional<Sandbox> settle(Sandbox recycled) {
		Optional<Sandbox> left = successorOf(recycled);
		while (left.filter((one) -> one.state() == SandboxState.PROVISIONING).isPresent()) {
			try {
				this.remover
					.finishHere(this.store.update(left.get().releasing(this.clock.instant(), this.remover.retryAt())));
			}
			catch (StaleSandboxException ex) {
				logger.debug("Sandbox {} changed while it was given up; once more", left.get().id(), ex);
			}
			left = successorOf(recycled);
		}
		if (left.filter((one) -> one.state() == SandboxState.RELEASING).isPresent()) {
			throw new SandboxUnavailableException(recycled.id(),
					"what an earlier restore has left is being removed; try again");
		}
		return left.filter(Sandbox::canSucceed);
	}

	private Optional<Sandbox> successorOf(Sandbox recycled) {
		return Optional.ofNullable(recycled.successor()).flatMap(this.store::find);
	}

	/**
	 * Lets the old name lead to the successor. While the state is away nothing is undone:
	 * the next restore finds the successor.
	 */
	private void point(Sandbox recycled, SandboxId successor) {
		try {
			Instant now = this.clock.instant();
			this.store.update(recycled.replacedBy(successor, now, now.plus(this.properties.releasedTtl())));
			logger.info("Sandbox {} is back as {}", recycled.id(), successor);
		}
		catch (StaleSandboxException ex) {
			if (!leadsTo(recycled, successor)) { // it was released meanwhile
				this.release.release(successor);
				throw ex;
			}
		}
	}

	private boolean leadsTo(Sandbox recycled, SandboxId successor) {
		return this.store.find(recycled.id())
			.filter((now) -> now.state() == SandboxState.REPLACED && successor.equals(now.successor()))
			.isPresent();
	}

}
