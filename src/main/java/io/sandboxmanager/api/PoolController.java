package io.sandboxmanager.api;

import java.util.List;

import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

import io.sandboxmanager.lifecycle.PoolControl;
import io.sandboxmanager.sandbox.InvalidSandboxRequestException;
import io.sandboxmanager.sandbox.PoolStatus;

/** Shows the warm pools and sets their sizes. */
@RestController
@RequestMapping("/api/v1/pools")
class PoolController {

	private final PoolControl pools;

	PoolController(PoolControl pools) {
		this.pools = pools;
	}

	@GetMapping
	List<Pool> all() {
		return this.pools.all().stream().map(Pool::of).toList();
	}

	@GetMapping("/{type}")
	Pool one(@PathVariable String type) {
		return Pool.of(this.pools.find(type));
	}

	/** Holds for all servers and over their restarts, until it is set again. */
	@PutMapping("/{type}/bounds")
	Pool resize(@PathVariable String type, @RequestBody Bounds bounds) {
		if (bounds.min() == null || bounds.max() == null) {
			throw new InvalidSandboxRequestException("the body needs two numbers, such as {\"min\": 2, \"max\": 5}");
		}
		return Pool.of(this.pools.resize(type, bounds.min(), bounds.max()));
	}

	/** The settings hold again. */
	@DeleteMapping("/{type}/bounds")
	Pool restore(@PathVariable String type) {
		return Pool.of(this.pools.restore(type));
	}

	/** How many members a pool is to have. */
	record Bounds(@Nullable Integer min, @Nullable Integer max) {
	}

	/**
	 * A pool as it is on the wire, see {@link PoolStatus}.
	 */
	@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
	record Pool(String type, int min, int max, int warm, int used, int starting, int stale, int waiting, long hits,
			long misses, @Nullable String lastFailure) {

		static Pool of(PoolStatus status) {
			return new Pool(status.type(), status.min(), status.max(), status.warm(), status.used(), status.starting(),
					status.stale(), status.waiting(), status.hits(), status.misses(), status.lastFailure());
		}

	}

}
