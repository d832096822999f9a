package io.sandboxmanager.store.redis;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

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

	/** What a claim replies of a member, in the order of {@code claim.lua}. */
	private static final List<String> CLAIMED = List.of("id", "version", "made", "engine", "ref", "usedBy");

	/** Which one a claim gets is not known before; what it changes is the same of all. */
	private static final Sandbox ANY = Sandbox
		.begin(SandboxId.random(), "", new Kind("", "", "", Duration.ZERO), Owner.POOL, SandboxRequest.PLAIN,
				new Workspace(null, null), Instant.EPOCH, Instant.EPOCH)
		.warm(Instant.EPOCH);

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
		fields.put("made", this.seal.seal(made(sandbox).json(), place("made", id)));
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
		List<?> values = (List<?>) reply;
		return values.isEmpty() ? Optional.empty() : Optional.of(readable(Fields.of(values), this::read));
	}

	/**
	 * Reads what was claimed; nothing where nothing was. What the claim has set is known
	 * without being read.
	 * @param reply what it was before
	 */
	Optional<Sandbox> readClaimed(Object reply, String type, String templateHash, Claim claim) {
		List<?> values = (List<?>) reply;
		if (values.isEmpty()) {
			return Optional.empty();
		}
		Fields fields = Fields.of(CLAIMED, values).put("type", type).put("hash", templateHash);
		return Optional.of(readable(fields, this::readMember).claimed(claim));
	}

	private static Sandbox readable(Fields fields, Function<Fields, Sandbox> reader) {
		try {
			return reader.apply(fields);
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

	/** Reads a record as {@link #readAll} does. */
	Optional<Sandbox> readIfPossible(Object reply) {
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
		Fields made = readMade(fields);
		Asked asked = ASKED_READER
			.readValue(this.seal.open(fields.require("asked"), place("asked", fields.require("mark"))));
		SandboxRequest request = new SandboxRequest(fields.get("session"), asked.environment(), asked.meta(),
				asked.mountDirectory(), asked.storagePath(), asked.typeName());
		String successor = fields.get("successor");
		return new Sandbox(new SandboxId(fields.require("id")), made.require("name"), readKind(fields, made),
				new Owner(fields.require("owner")), new RuntimeToken(made.require("token")), request,
				readWorkspace(made), SandboxState.valueOf(fields.require("state")), readPlacement(fields, made),
				fields.get("formerRef"), readTimeline(fields, made, asked), fields.get("reason"),
				(successor != null) ? new SandboxId(successor) : null, readReuse(fields, made), asked.untried(),
				Long.parseLong(fields.require("version")));
	}

	/** Reads what is not the same of all members of a pool. */
	private Sandbox readMember(Fields fields) {
		Fields made = readMade(fields);
		Instant createdAt = made.requireInstant("createdAt");
		return new Sandbox(new SandboxId(fields.require("id")), made.require("name"), readKind(fields, made),
				Owner.POOL, new RuntimeToken(made.require("token")), SandboxRequest.PLAIN, readWorkspace(made),
				SandboxState.WARM, readPlacement(fields, made), null,
				new Timeline(createdAt, createdAt, null, null, null, null, null, null), null, null,
				readReuse(fields, made), false, Long.parseLong(fields.require("version")));
	}

	/**
	 * What a sandbox has from its making on, as no script needs to know it: one field of
	 * the record, because each one that a claim reads costs.
	 */
	private static Fields made(Sandbox sandbox) {
		Placement placement = sandbox.placement();
		return new Fields().put("name", sandbox.name())
			.put("image", sandbox.kind().image())
			.put("timeout", Long.toString(sandbox.kind().timeout().toNanos()))
			.put("token", sandbox.token().secret())
			.put("directory", sandbox.workspace().directory())
			.put("storagePath", sandbox.workspace().storagePath())
			.put("endpoint", (placement != null) ? placement.endpoint().url().toString() : null)
			.put("turns", (sandbox.reuse() != null) ? Integer.toString(sandbox.reuse().turns()) : null)
			.put("createdAt", sandbox.timeline().createdAt());
	}

	private Fields readMade(Fields fields) {
		return Fields.ofJson(this.seal.open(fields.require("made"), place("made", fields.require("id"))));
	}

	private static Kind readKind(Fields fields, Fields made) {
		return new Kind(fields.require("type"), made.require("image"), fields.require("hash"),
				Duration.ofNanos(Long.parseLong(made.require("timeout"))));
	}

	private static Workspace readWorkspace(Fields made) {
		return new Workspace(made.get("directory"), made.get("storagePath"));
	}

	private static @Nullable Reuse readReuse(Fields fields, Fields made) {
		String usedBy = fields.get("usedBy");
		return (usedBy == null) ? null : new Reuse(Integer.parseInt(made.require("turns")), new Owner(usedBy));
	}

	private static void writePlacement(@Nullable Placement placement, Fields fields) {
		if (placement != null) {
			fields.put("engine", placement.engineId()).put("ref", placement.ref());
		}
	}

	private static @Nullable Placement readPlacement(Fields fields, Fields made) {
		String engine = fields.get("engine");
		return (engine == null) ? null
				: new Placement(engine, fields.require("ref"), new Endpoint(URI.create(made.require("endpoint"))));
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

	private static Timeline readTimeline(Fields fields, Fields made, Asked asked) {
		return new Timeline(made.requireInstant("createdAt"), fields.requireInstant("updatedAt"), asked.handedOut(),
				fields.instantOf("lastActiveAt"), fields.instantOf("recycledAt"), fields.instantOf("releasedAt"),
				fields.instantOf("expiresAt"), fields.instantOf("deadline"));
	}

	private static String place(String field, String of) {
		return field + " of " + of;
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
