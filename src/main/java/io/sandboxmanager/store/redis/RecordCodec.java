package io.sandboxmanager.store.redis;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

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
	private static final List<String> KEPT = List.of("id", "name", "version", "type", "image", "hash", "timeout",
			"token", "workspace", "engine", "ref", "endpoint", "formerRef", "createdAt", "turns", "usedBy");

	/** Which one a claim gets is not known before; what it changes is the same of all. */
	private static final Sandbox ANY = Sandbox
		.begin(SandboxId.random(), "", new Kind("", "", "", Duration.ZERO), Owner.POOL, SandboxRequest.PLAIN,
				new Workspace(null, null), Instant.EPOCH, Instant.EPOCH)
		.warm(Instant.EPOCH);

	private static final ObjectReader WORKSPACE_READER = JsonMapper.shared().readerFor(Workspace.class);

	private static final ObjectWriter WORKSPACE_WRITER = JsonMapper.shared().writerFor(Workspace.class);

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
		Fields fields = new Fields().put("id", id).put("name", sandbox.name()).put("mark", mark);
		fields.put("version", Long.toString(sandbox.version()));
		writeKind(sandbox.kind(), fields);
		fields.put("owner", sandbox.owner().name());
		fields.put("token", this.seal.seal(sandbox.token().secret(), place("token", id)));
		writeRequest(sandbox.request(), id, fields);
		fields.put("workspace",
				this.seal.seal(WORKSPACE_WRITER.writeValueAsString(sandbox.workspace()), place("workspace", id)));
		fields.put("state", sandbox.state().name());
		writePlacement(sandbox.placement(), fields);
		fields.put("formerRef", sandbox.formerRef());
		writeTimeline(sandbox.timeline(), fields);
		fields.put("reason", sandbox.reason()).put("untried", sandbox.untried() ? "true" : null);
		writeReuse(sandbox.reuse(), fields);
		return fields.put("successor", (sandbox.successor() != null) ? sandbox.successor().value() : null);
	}

	/**
	 * Writes what a claim sets of whichever sandbox it gets; a warm one has nothing that
	 * a claim takes away. The request is sealed for the mark of the claim.
	 */
	Fields write(Claim claim, String mark) {
		Sandbox claimed = ANY.claimed(claim);
		Fields fields = new Fields().put("mark", mark).put("owner", claimed.owner().name());
		writeRequest(claimed.request(), mark, fields);
		fields.put("requestPlace", mark).put("state", claimed.state().name());
		writeTimeline(claimed.timeline(), fields);
		return fields.put("untried", claimed.untried() ? "true" : null).without("createdAt");
	}

	/** Reads a record; nothing where there is none. */
	Optional<Sandbox> read(Object reply) {
		return readAny(Fields.of((List<?>) reply));
	}

	/**
	 * Reads what was claimed; nothing where nothing was.
	 * @param reply what the claim has left as it was
	 * @param set what it has set
	 */
	Optional<Sandbox> readClaimed(Object reply, Fields set) {
		Fields kept = Fields.of(KEPT, (List<?>) reply);
		return kept.isEmpty() ? Optional.empty() : readAny(kept.putAll(set));
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
		Kind kind = new Kind(fields.require("type"), fields.require("image"), fields.require("hash"),
				fields.requireDuration("timeout"));
		RuntimeToken token = new RuntimeToken(this.seal.open(fields.require("token"), place("token", id)));
		Workspace workspace = WORKSPACE_READER
			.readValue(this.seal.open(fields.require("workspace"), place("workspace", id)));
		String successor = fields.get("successor");
		return new Sandbox(new SandboxId(id), fields.require("name"), kind, new Owner(fields.require("owner")), token,
				readRequest(fields, id), workspace, SandboxState.valueOf(fields.require("state")),
				readPlacement(fields), fields.get("formerRef"), readTimeline(fields), fields.get("reason"),
				(successor != null) ? new SandboxId(successor) : null, readReuse(fields), fields.get("untried") != null,
				Long.parseLong(fields.require("version")));
	}

	private static void writeKind(Kind kind, Fields fields) {
		fields.put("type", kind.type()).put("image", kind.image()).put("hash", kind.templateHash());
		fields.put("timeout", kind.timeout());
	}

	private void writeRequest(SandboxRequest request, String place, Fields fields) {
		Asked asked = new Asked(request.environment(), request.meta(), request.mountDirectory(), request.storagePath(),
				request.typeName());
		fields.put("session", request.session());
		fields.put("request", this.seal.seal(ASKED_WRITER.writeValueAsString(asked), place("request", place)));
	}

	private SandboxRequest readRequest(Fields fields, String id) {
		String claim = fields.get("requestPlace");
		String place = place("request", (claim != null) ? claim : id);
		Asked asked = ASKED_READER.readValue(this.seal.open(fields.require("request"), place));
		return new SandboxRequest(fields.get("session"), asked.environment(), asked.meta(), asked.mountDirectory(),
				asked.storagePath(), asked.typeName());
	}

	private static void writePlacement(@Nullable Placement placement, Fields fields) {
		if (placement != null) {
			fields.put("engine", placement.engineId()).put("ref", placement.ref());
			fields.put("endpoint", placement.endpoint().url().toString());
		}
	}

	private static @Nullable Placement readPlacement(Fields fields) {
		String engine = fields.get("engine");
		return (engine == null) ? null
				: new Placement(engine, fields.require("ref"), new Endpoint(URI.create(fields.require("endpoint"))));
	}

	private static void writeReuse(@Nullable Reuse reuse, Fields fields) {
		if (reuse != null) {
			fields.put("turns", Integer.toString(reuse.turns())).put("usedBy", reuse.owner().name());
		}
	}

	private static @Nullable Reuse readReuse(Fields fields) {
		String usedBy = fields.get("usedBy");
		return (usedBy == null) ? null : new Reuse(Integer.parseInt(fields.require("turns")), new Owner(usedBy));
	}

	private static void writeTimeline(Timeline times, Fields fields) {
		fields.put("createdAt", times.createdAt()).put("updatedAt", times.updatedAt());
		fields.put("handedOutAt", times.handedOutAt()).put("lastActiveAt", times.lastActiveAt());
		fields.put("recycledAt", times.recycledAt()).put("releasedAt", times.releasedAt());
		fields.put("expiresAt", times.expiresAt()).put("deadline", times.deadline());
	}

	private static Timeline readTimeline(Fields fields) {
		Instant created = fields.requireInstant("createdAt");
		Instant updated = fields.requireInstant("updatedAt");
		return new Timeline(created, updated, fields.instantOf("handedOutAt"), fields.instantOf("lastActiveAt"),
				fields.instantOf("recycledAt"), fields.instantOf("releasedAt"), fields.instantOf("expiresAt"),
				fields.instantOf("deadline"));
	}

	private static String place(String field, String of) {
		return field + " of " + of;
	}

	/** What a caller asked for, as no script needs to know it. */
	private record Asked(Map<String, String> environment, Map<String, Object> meta, @Nullable String mountDirectory,
			@Nullable String storagePath, @Nullable String typeName) {
	}

}
