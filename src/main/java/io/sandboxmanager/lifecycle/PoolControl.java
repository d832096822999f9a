package io.sandboxmanager.lifecycle;

import java.util.List;
import java.util.Optional;

import io.sandboxmanager.pool.WarmPools;
import io.sandboxmanager.sandbox.InvalidSandboxRequestException;
import io.sandboxmanager.sandbox.PoolStatus;
import io.sandboxmanager.sandbox.SandboxTemplate.PoolBounds;
import io.sandboxmanager.sandbox.UnknownSandboxTypeException;
import io.sandboxmanager.template.TemplateCatalogue;

/** Shows the warm pools and changes their sizes while the servers run. */
public final class PoolControl {

	private static final int MOST = 100_000;

	private final WarmPools pools;

	private final TemplateCatalogue catalogue;

	public PoolControl(WarmPools pools, TemplateCatalogue catalogue) {
		this.pools = pools;
		this.catalogue = catalogue;
	}

	/** All pools, in the order of the types. */
	public List<PoolStatus> all() {
		return this.pools.status();
	}

	/**
	 * The pool of a type.
	 * @throws UnknownSandboxTypeException when there is no such type
	 * @throws InvalidSandboxRequestException when the type has no pool
	 */
	public PoolStatus find(String name) {
		String type = this.catalogue.find(name).type();
		return this.pools.status(type).orElseThrow(() -> withoutPool(type));
	}

	/**
	 * Sets how many members a pool has, on all servers, until it is set again.
	 * @throws UnknownSandboxTypeException when there is no such type
	 * @throws InvalidSandboxRequestException when the type has no pool, or the numbers
	 * make no sense
	 */
	public PoolStatus resize(String name, int min, int max) {
		if (min < 0 || max < min || max > MOST) {
			throw new InvalidSandboxRequestException(
					"a pool needs 0 <= min <= max <= " + MOST + ", got " + min + " and " + max);
		}
		return change(name, Optional.of(new PoolBounds(min, max)));
	}

	/** Leaves the size of a pool to the settings of each server again. */
	public PoolStatus restore(String name) {
		return change(name, Optional.empty());
	}

	private PoolStatus change(String name, Optional<PoolBounds> bounds) {
		String type = this.catalogue.find(name).type();
		if (!this.pools.resize(type, bounds)) {
			throw withoutPool(type);
		}
		return find(type);
	}

	private static InvalidSandboxRequestException withoutPool(String type) {
		return new InvalidSandboxRequestException("type " + type
				+ " has no pool; give it one in the catalogue, such as pool: {min: 0, max: 10}, and restart");
	}

}
