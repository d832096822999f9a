package io.sandboxmanager.template;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.Exposure;
import io.sandboxmanager.sandbox.IsolationProfile;
import io.sandboxmanager.sandbox.Resources;

/**
 * One type as the catalogue says it: what is absent is inherited or a default.
 *
 * @param parent the type that it extends
 * @param aliases other names of it
 * @param agentPort the port inside the container on which the agent answers
 * @param opened what of its inside may be reached
 * @param idle how long a session may leave it unused
 * @param health the path by which its agent tells that it is ready
 * @param maxUses how often one sandbox is handed out
 */
record TypeDefinition(@Nullable String parent, List<String> aliases, @Nullable String image,
		Map<String, String> environment, Limits limits, @Nullable Integer agentPort, Opened opened,
		@Nullable Duration timeout, @Nullable Duration idle, @Nullable String health, @Nullable Pool pool,
		@Nullable IsolationProfile profile, @Nullable Integer maxInstances, @Nullable Integer maxUses) {

	/**
	 * This type with everything it does not say itself taken from its parent, save the
	 * parent's aliases, pool and limit, which are the parent's own.
	 */
	TypeDefinition inherit(TypeDefinition from) {
		Map<String, String> variables = new TreeMap<>(from.environment);
		variables.putAll(this.environment);
		return new TypeDefinition(this.parent, this.aliases, or(this.image, from.image), variables,
				this.limits.inherit(from.limits), or(this.agentPort, from.agentPort), this.opened.inherit(from.opened),
				or(this.timeout, from.timeout), or(this.idle, from.idle), or(this.health, from.health), this.pool,
				or(this.profile, from.profile), this.maxInstances, or(this.maxUses, from.maxUses));
	}

	private static <T> @Nullable T or(@Nullable T own, @Nullable T inherited) {
		return (own != null) ? own : inherited;
	}

	/** The type's say in {@link Resources}. */
	record Limits(@Nullable Long memory, @Nullable Double cpus, @Nullable Long pids, @Nullable Long shm,
			@Nullable Integer gpus, @Nullable Boolean network) {

		Limits inherit(Limits from) {
			return new Limits(or(this.memory, from.memory), or(this.cpus, from.cpus), or(this.pids, from.pids),
					or(this.shm, from.shm), or(this.gpus, from.gpus), or(this.network, from.network));
		}

		Resources resolve() {
			Resources fallback = Resources.DEFAULT;
			return new Resources((this.memory != null) ? this.memory : fallback.memoryBytes(),
					(this.cpus != null) ? this.cpus : fallback.cpus(),
					(this.pids != null) ? this.pids : fallback.pids(), or(this.shm, fallback.shmBytes()),
					(this.gpus != null) ? this.gpus : fallback.gpus(), Boolean.TRUE.equals(this.network));
		}

	}

	/** The type's say in its {@link Exposure}. */
	record Opened(@Nullable List<Exposure.Range> ports, @Nullable Integer cdp, @Nullable Boolean desktop) {

		Opened inherit(Opened from) {
			return new Opened(or(this.ports, from.ports), or(this.cdp, from.cdp), or(this.desktop, from.desktop));
		}

		Exposure resolve() {
			return new Exposure((this.ports != null) ? this.ports : List.of(),
					(this.cdp != null) ? OptionalInt.of(this.cdp) : OptionalInt.empty(),
					Boolean.TRUE.equals(this.desktop));
		}

	}

	/** The type's say in its pool's bounds. */
	record Pool(@Nullable Integer min, @Nullable Integer max) {
	}

}
