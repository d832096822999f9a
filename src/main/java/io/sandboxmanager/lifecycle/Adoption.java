package io.sandboxmanager.lifecycle;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.BackendException;
import io.sandboxmanager.backend.ContainerBackend;
import io.sandboxmanager.backend.ContainerDetails;
import io.sandboxmanager.backend.ContainerStatus;
import io.sandboxmanager.backend.ContainerSummary;
import io.sandboxmanager.provisioning.ContainerLabels;
import io.sandboxmanager.provisioning.ContainerSpecs;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Placement;
import io.sandboxmanager.sandbox.RuntimeToken;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.Sandbox.Kind;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.StaleSandboxException;
import io.sandboxmanager.store.Admission;
import io.sandboxmanager.store.SandboxStore;
import io.sandboxmanager.store.SlotLimits;

/**
 * Records again what runs after the state was lost, or its last steps, from what the
 * containers say of themselves. Nobody knows any more whether one was handed out, so each
 * counts as being so: its owner goes on with it by its name, and its longest lifetime
 * ends it. Sessions and the callers' own words are lost.
 */
final class Adoption {

	private static final Logger logger = LoggerFactory.getLogger(Adoption.class);

	private final ContainerBackend backend;

	private final SandboxStore store;

	private final LifecycleProperties properties;

	private final Duration timeout;

	private final Clock clock;

	/** Of which it was said that they cannot be recorded. */
	private final Set<String> strangers = ConcurrentHashMap.newKeySet();

	/**
	 * Creates the use case.
	 * @param timeout limit of one request to an adopted sandbox
	 */
	Adoption(ContainerBackend backend, SandboxStore store, LifecycleProperties properties, Duration timeout,
			Clock clock) {
		this.backend = backend;
		this.store = store;
		this.properties = properties;
		this.timeout = timeout;
		this.clock = clock;
	}

	/**
	 * Whether a container without a record runs and may have had one which was lost.
	 * @param since when the state was lost for the last time, wholly or in part
	 */
	static boolean mayBeLost(ContainerSummary container, Instant since) {
		return container.status() == ContainerStatus.RUNNING && !container.createdAt().isAfter(since);
	}

	/**
	 * Records containers again. Several servers may do so at once. What cannot be
	 * recorded is left alone.
	 * @return how many this one has recorded
	 */
	int adopt(List<ContainerSummary> lost) {
		return (int) lost.stream().filter(this::adopt).count();
	}

	private boolean adopt(ContainerSummary container) {
		try {
			Optional<Sandbox> sandbox = recollect(container);
			sandbox.ifPresent((adopted) -> this.store.insert(adopted, Admission.within(SlotLimits.NONE)));
			return sandbox.isPresent();
		}
		catch (StaleSandboxException ex) {
			return false; // another server was quicker
		}
		catch (BackendException ex) {
			logger.warn("Container {} cannot be recorded again: {}", container.name(), ex.getMessage());
			return false;
		}
	}

	private Optional<Sandbox> recollect(ContainerSummary container) {
		ContainerDetails details = this.backend.inspect(container.ref());
		Optional<SandboxId> id = ContainerLabels.sandboxOf(container);
		Optional<Kind> kind = ContainerLabels.kindOf(container, details.image(), this.timeout);
		Optional<RuntimeToken> token = ContainerSpecs.tokenOf(details);
		if (id.isEmpty() || kind.isEmpty() || token.isEmpty()) {
			if (this.strangers.add(container.ref())) {
				logger.warn("Container {} cannot be recorded again, since it does not say what it is; it is left alone",
						container.name());
			}
			return Optional.empty();
		}
		Instant now = this.clock.instant();
		Placement placement = new Placement(this.backend.engineId(), container.ref(), details.handle().endpoint());
		return Optional.of(Sandbox.adopted(id.get(), container.name(), kind.get(), Owner.ANONYMOUS, token.get(),
				placement, now, this.properties.maxLifetime()));
	}

}
