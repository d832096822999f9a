package io.sandboxmanager.store.redis;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonInclude.Include;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

import io.sandboxmanager.sandbox.Claim;
import io.sandboxmanager.sandbox.Endpoint;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Placement;
import io.sandboxmanager.sandbox.RuntimeToken;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.Sandbox.Kind;
import io.sandboxmanager.sandbox.Sandbox.Reuse;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxRequest;
import io.sandboxmanager.sandbox.SandboxState;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.sandbox.Timeline;
import io.sandboxmanager.sandbox.Workspace;

/**
 * Writes records as fields and reads them. {@code docs/state.md} lists the fields; some
 * of them the scripts know by name.
 */
final class RecordCodec {

	private static final Logger logger = LoggerFactory.getLogger(RecordCodec.class);

	/** What a claim leaves as it is, in the order of {@code claim.lua}. */
	private static final List<String> KEPT = List.of("id", "version", "made", "engine", "ref", "usedBy");

	/** Which one a claim gets is not known before; what it changes is the same of all. */
	private static final Sandbox ANY = Sandbox
		.begin(SandboxId.random(), "", new Kind("", "", "", Duration.ZERO), Owner.POOL, SandboxRequest.PLAIN,
				new Workspace(null, null), Instant.EPOCH, Instant.EPOCH)
		.warm(Instant.EPOCH);

	private static final ObjectReader MADE_READER = JsonMapper.shared().readerFor(Made.class);

	private static final ObjectWriter MADE_WRITER = JsonMapper.shared().writerFor(Made.class);

	private static final ObjectReader ASKED_READER = JsonMapper.shared().readerFor(Asked.class);

	private static final ObjectWriter ASKED_WRITER = JsonMapper.shared().writerFor(Asked.class);

	private final Seal seal;

	/** What was said of records that cannot be read. */
	private final Set<String> unreadable = ConcurrentHashMap.newKeySet();

	RecordCodec(Seal seal) {
		this.seal = seal;
	}

	/**
	 * Writes a record.
	 * @param mark of the command that keeps it
	 */
	Fields write(Sandbox sandbox, String mark) {
		String id = sandbox.id().value();
		Fields fields = new Fields().put("id", id);
		fields.put("version", Long.toString(sandbox.version()));
		fields.put("type", sandbox.kind().type()).put("hash", sandbox.kind().templateHash());
		fields.put("made", this.seal.seal(MADE_WRITER.writeValueAsString(Made.of(sandbox)), place("made", id)));
		fields.put("state", sandbox.state().name());
		writePlacement(sandbox.placement(), fields);
		fields.put("formerRef", sandbox.formerRef());
		writeTurn(sandbox, mark, fields);
		fields.put("reason", sandbox.reason());
		fields.put("usedBy", (sandbox.reuse() != null) ? sandbox.reuse().owner().name() : null);
		return fields.put("successor", (sandbox.successor() != null) ? sandbox.successor().value() : null);
	}

	/**
	 * Writes what a claim sets of whichever sandbox it gets; a warm one has nothing that
	 * a claim takes away.
	 */
	Fields write(Claim claim, String mark) {
		Sandbox claimed = ANY.claimed(claim);
		Fields fields = new Fields().put("state", claimed.state().name());
		writeTurn(claimed, mark, fields);
		return fields;
	}

	/** Reads a record; nothing where there is none. */
	Optional<Sandbox> read(Object reply) {
		return readAny(Fields.of((List<?>) reply));
	}

	/**
	 * Reads what was claimed; nothing where nothing was.
	 * @param reply what the claim has left as it was
	 * @param known what all members of the pool have in common, and what the claim has
	 * set
	 */
	Optional<Sandbox> readClaimed(Object reply, Fields known) {
		Fields kept = Fields.of(KEPT, (List<?>) reply);
		return kept.isEmpty() ? Optional.empty() : readAny(kept.putAll(known));
	}

	private Optional<Sandbox> readAny(Fields fields) {
		if (fields.isEmpty()) {
			return Optional.empty();
		}
		try {
			return Optional.of(read(fields));
		}
		catch (IllegalArgumentException | JacksonException ex) {
			throw new StateUnavailableException(
					"the record of sandbox " + fields.get("id") + " in Redis cannot be read: " + ex.getMessage(), ex);
		}
	}

	/**
	 * Reads several records. One that cannot be read, which is said once, keeps nobody
	 * from the others.
	 */
	List<Sandbox> readAll(Object reply) {
		return ((List<?>) reply).stream().flatMap((fields) -> readIfPossible(fields).stream()).toList();
	}

	private Optional<Sandbox> readIfPossible(Object reply) {
		try {
			return read(reply);
		}
		catch (StateUnavailableException ex) {
			if (this.unreadable.add(String.valueOf(ex.getMessage()))) {
				logger.error("A record is passed over: {}", ex.getMessage());
			}
			return Optional.empty();
		}
	}

	private Sandbox read(Fields fields) {
		String id = fields.require("id");
		Made made = MADE_READER.readValue(this.seal.open(fields.require("made"), place("made", id)));
		Asked asked = ASKED_READER
			.readValue(this.seal.open(fields.require("asked"), place("asked", fields.require("mark"))));
		Kind kind = new Kind(fields.require("type"), made.image(), fields.require("hash"),
				Duration.ofNanos(made.timeout()));
		SandboxRequest request = new SandboxRequest(fields.get("session"), asked.environment(), asked.meta(),
				asked.mountDirectory(), asked.storagePath(), asked.typeName());
		String usedBy = fields.get("usedBy");
		String successor = fields.get("successor");
		return new Sandbox(new SandboxId(id), made.name(), kind, new Owner(fields.require("owner")),
				new RuntimeToken(made.token()), request, made.workspace(),
				SandboxState.valueOf(fields.require("state")), readPlacement(fields, made), fields.get("formerRef"),
				readTimeline(fields, made, asked), fields.get("reason"),
				(successor != null) ? new SandboxId(successor) : null,
				(usedBy != null) ? new Reuse(made.turns(), new Owner(usedBy)) : null, asked.untried(),
				Long.parseLong(fields.require("version")));
	}

	private static void writePlacement(@Nullable Placement placement, Fields fields) {
		if (placement != null) {
			fields.put("engine", placement.engineId()).put("ref", placement.ref());
		}
	}

	private static @Nullable Placement readPlacement(Fields fields, Made made) {
		String engine = fields.get("engine");
		return (engine == null) ? null
				: new Placement(engine, fields.require("ref"), new Endpoint(URI.create(made.requireEndpoint())));
	}

	/**
	 * Writes what belongs to the turn of one owner. It is sealed for the mark, since a
	 * claim does not know yet which sandbox it gets.
	 */
	private void writeTurn(Sandbox sandbox, String mark, Fields fields) {
		Timeline times = sandbox.timeline();
		fields.put("owner", sandbox.owner().name()).put("session", sandbox.request().session());
		String asked = ASKED_WRITER.writeValueAsString(Asked.of(sandbox));
		fields.put("mark", mark).put("asked", this.seal.seal(asked, place("asked", mark)));
		fields.put("updatedAt", times.updatedAt()).put("lastActiveAt", times.lastActiveAt());
		fields.put("recycledAt", times.recycledAt()).put("releasedAt", times.releasedAt());
		fields.put("expiresAt", times.expiresAt()).put("deadline", times.deadline());
	}

	private static Timeline readTimeline(Fields fields, Made made, Asked asked) {
		return new Timeline(Fields.instant(made.createdAt()), fields.requireInstant("updatedAt"), asked.handedOut(),
				fields.instantOf("lastActiveAt"), fields.instantOf("recycledAt"), fields.instantOf("releasedAt"),
				fields.instantOf("expiresAt"), fields.instantOf("deadline"));
	}

	private static String place(String field, String of) {
		return field + " of " + of;
	}

	/**
	 * What a sandbox has from its making on, as no script needs to know it: one field,
	 * because each one that a claim reads costs.
	 *
	 * @param timeout in nanoseconds
	 * @param endpoint its container's address
	 * @param turns how often the container was handed out before
	 * @param createdAt like an instant in a field
	 */
	@JsonInclude(Include.NON_NULL)
	private record Made(String name, String image, long timeout, String token, Workspace workspace,
			@Nullable String endpoint, int turns, String createdAt) {

		static Made of(Sandbox sandbox) {
			Placement placement = sandbox.placement();
			Reuse reuse = sandbox.reuse();
			return new Made(sandbox.name(), sandbox.kind().image(), sandbox.kind().timeout().toNanos(),
					sandbox.token().secret(), sandbox.workspace(),
					(placement != null) ? placement.endpoint().url().toString() : null,
					(reuse != null) ? reuse.turns() : 0, Fields.text(sandbox.timeline().createdAt()));
		}

		String requireEndpoint() {
			if (this.endpoint == null) {
				throw new IllegalArgumentException("the record has no endpoint");
			}
			return this.endpoint;
		}

	}

	/**
	 * What a caller asked for and how it was handed out, as no script needs to know it.
	 *
	 * @param handedOutAt like an instant in a field
	 */
	@JsonInclude(Include.NON_NULL)
	private record Asked(Map<String, String> environment, Map<String, Object> meta, @Nullable String mountDirectory,
			@Nullable String storagePath, @Nullable String typeName, @Nullable String handedOutAt, boolean untried) {

		static Asked of(Sandbox sandbox) {
			SandboxRequest request = sandbox.request();
			Instant handedOutAt = sandbox.timeline().handedOutAt();
			return new Asked(request.environment(), request.meta(), request.mountDirectory(), request.storagePath(),
					request.typeName(), (handedOutAt != null) ? Fields.text(handedOutAt) : null, sandbox.untried());
		}

		@Nullable Instant handedOut() {
			return (this.handedOutAt != null) ? Fields.instant(this.handedOutAt) : null;
		}

	}

}
