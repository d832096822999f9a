package io.sandboxmanager.sandbox;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * The record of one sandbox. It is immutable: each step of its life gives a new record,
 * which becomes true when the store accepts it.
 *
 * @param id its identity
 * @param name the container's name: prefix and id
 * @param kind what it was made from
 * @param owner who asked for it
 * @param token opens the API inside it
 * @param request what its owner asked for
 * @param workspace its files
 * @param state where it stands in its life
 * @param placement its container, absent before there is one and after it is gone for
 * sure
 * @param formerRef the engine's name for a container that is gone: callers go on using it
 * @param timeline when what happened to it
 * @param reason why it was recycled or failed
 * @param successor the sandbox that took its place, or is to take that of a recycled one
 * @param reuse its earlier turns, absent while nobody has used it before
 * @param untried whether it was handed out from a pool and has answered nobody since
 * @param version counts the updates; the store refuses an update of an older one
 */
public record Sandbox(SandboxId id, String name, Kind kind, Owner owner, RuntimeToken token, SandboxRequest request,
		Workspace workspace, SandboxState state, @Nullable Placement placement, @Nullable String formerRef,
		Timeline timeline, @Nullable String reason, @Nullable SandboxId successor, @Nullable Reuse reuse,
		boolean untried, long version) {

	/** The reason given when a sandbox came out of a pool dead. */
	public static final String CONTAINER_LOST = "container_lost";

	/** Of what is never used again. */
	private static final int TOO_MANY_TURNS = 1_000_000_000;

	/** The reason given when nobody used a session for its idle time. */
	public static final String HEARTBEAT_TIMEOUT = "heartbeat_timeout";

	/**
	 * What a sandbox was made from.
	 *
	 * @param type the type's name on the wire
	 * @param image the full image reference
	 * @param templateHash fingerprint of the template and the image at that time
	 * @param timeout limit of one request to it
	 */
	public record Kind(String type, String image, String templateHash, Duration timeout) {

		/** While it is not known yet which image the reference stands for. */
		public static Kind of(SandboxTemplate template) {
			return new Kind(template.type(), template.image(), template.hash(), template.timeout());
		}

		public static Kind of(SandboxTemplate template, String imageDigest) {
			return new Kind(template.type(), template.image(), template.hash() + "@" + imageDigest, template.timeout());
		}

	}

	/**
	 * The earlier turns of a container that was put back into its pool.
	 *
	 * @param turns how often it was handed out before
	 * @param owner to whom, each time; nobody else gets it
	 */
	public record Reuse(int turns, Owner owner) {
	}

	/**
	 * The record with which a sandbox begins, before anything is made.
	 * @param deadline when it counts as failed if it is still not ready
	 */
	public static Sandbox begin(SandboxId id, String name, Kind kind, Owner owner, SandboxRequest request,
			Workspace workspace, Instant now, Instant deadline) {
		return new Sandbox(id, name, kind, owner, RuntimeToken.random(), request, workspace, SandboxState.PROVISIONING,
				null, null, Timeline.begin(now, deadline), null, null, null, false, 0);
	}

	/**
	 * The record of a sandbox of which only the container is left, as one that is handed
	 * out now, and for the last time: nobody knows what was asked for.
	 * @param lifetime how long it may live at most, zero for any time
	 */
	public static Sandbox adopted(SandboxId id, String name, Kind kind, Owner owner, RuntimeToken token,
			Placement placement, Instant now, Duration lifetime) {
		return new Sandbox(id, name, kind, owner, token, SandboxRequest.PLAIN, new Workspace(null, null),
				SandboxState.RUNNING, placement, null, Timeline.begin(now, null).handedOut(now, lifetime), null, null,
				new Reuse(TOO_MANY_TURNS, owner), false, 0);
	}

	/**
	 * It is known what it is made from.
	 * @param deadline when it counts as failed if it is still not ready
	 */
	public Sandbox madeFrom(Kind kind, Instant now, Instant deadline) {
		return new Sandbox(this.id, this.name, kind, this.owner, this.token, this.request, this.workspace, this.state,
				this.placement, this.formerRef, this.timeline.changed(now).due(deadline), this.reason, this.successor,
				this.reuse, this.untried, this.version);
	}

	/** Its container is there, though perhaps not ready. */
	public Sandbox placed(Placement placement, Instant now) {
		return copy(this.state, placement, this.timeline.changed(now), this.reason, this.successor);
	}

	/** Ready for anybody of its type. */
	public Sandbox warm(Instant now) {
		return copy(SandboxState.WARM, this.placement, this.timeline.changed(now).due(null), null, null);
	}

	/**
	 * Handed out as {@code claim} asks. A warm one was looked at some time ago only.
	 */
	public Sandbox claimed(Claim claim) {
		Timeline times = this.timeline.handedOut(claim.now(), claim.lifetime());
		Sandbox claimed = new Sandbox(this.id, this.name, this.kind, claim.owner(), this.token, claim.request(),
				this.workspace, SandboxState.RUNNING, this.placement, this.formerRef, times, null, null, this.reuse,
				this.state == SandboxState.WARM, this.version);
		return claimed.touched(claim.now(), claim.idle());
	}

	/**
	 * Used just now. Only a sandbox of a session has an idle time.
	 * @param idle how long it may stay unused, zero for any time
	 */
	public Sandbox touched(Instant now, Duration idle) {
		if (this.request.session() == null || !this.state.isHandedOut()) {
			return this;
		}
		return copy(this.state, this.placement, this.timeline.touched(now, idle), this.reason, this.successor);
	}

	/** Its owner has had an answer from it, or has taken charge of it otherwise. */
	public Sandbox tried() {
		return new Sandbox(this.id, this.name, this.kind, this.owner, this.token, this.request, this.workspace,
				this.state, this.placement, this.formerRef, this.timeline, this.reason, this.successor, this.reuse,
				false, this.version);
	}

	/** Its container was stopped and kept. */
	public Sandbox stopped(Instant now) {
		return copy(SandboxState.STOPPED, this.placement, this.timeline.changed(now), this.reason, this.successor);
	}

	/** Its container runs again, perhaps at another address. */
	public Sandbox resumed(Placement placement, Instant now) {
		return copy(SandboxState.RUNNING, placement, this.timeline.changed(now), this.reason, this.successor);
	}

	/**
	 * Taken away because nobody used it or it was dead. Its container is still to go,
	 * which is tried again at {@code retryAt}; then it is {@link #cleared}.
	 */
	public Sandbox recycled(String reason, Instant now, Instant retryAt) {
		return copy(SandboxState.RECYCLED, this.placement, this.timeline.recycled(now).due(retryAt), reason, null);
	}

	/**
	 * Being restored under another id. It stays recycled until there is such a sandbox,
	 * and is not forgotten before {@code longest}.
	 */
	public Sandbox toBeReplacedBy(SandboxId successor, Instant longest) {
		return copy(this.state, this.placement, isDueBefore(longest) ? this.timeline.due(longest) : this.timeline,
				this.reason, successor);
	}

	/**
	 * Where its name leads: that of a recycled one nowhere until its successor is ready.
	 */
	public @Nullable SandboxId redirect() {
		return (this.state != SandboxState.RECYCLED) ? this.successor : null;
	}

	/** Whether one that it was made to replace may lead to it. */
	public boolean canSucceed() {
		return this.state.isInSession() || this.state == SandboxState.REPLACED;
	}

	/** Restored under another id. */
	public Sandbox replacedBy(SandboxId successor, Instant now, Instant purgeAt) {
		return copy(SandboxState.REPLACED, null, this.timeline.changed(now).due(purgeAt), this.reason, successor);
	}

	/**
	 * Its container is lost. Its files are still to be carried back, which is tried again
	 * at {@code retryAt}; then it is {@link #cleared}.
	 */
	public Sandbox failed(String reason, Instant now, Instant retryAt) {
		return copy(SandboxState.FAILED, this.placement, this.timeline.changed(now).due(retryAt), reason, null);
	}

	/**
	 * Given back; the removal is tried again at {@code retryAt} unless it was confirmed.
	 */
	public Sandbox releasing(Instant now, Instant retryAt) {
		return copy(SandboxState.RELEASING, this.placement, this.timeline.released(now).due(retryAt), this.reason,
				this.successor);
	}

	/** Gone, and with it its owner's variables. */
	public Sandbox released(Instant now, Instant purgeAt) {
		return new Sandbox(this.id, this.name, this.kind, this.owner, this.token, this.request.withoutEnvironment(),
				this.workspace, SandboxState.RELEASED, this.placement, this.formerRef,
				this.timeline.released(now).due(purgeAt), this.reason, this.successor, this.reuse, this.untried,
				this.version);
	}

	/**
	 * Released, and its container given to {@link #again another sandbox}.
	 */
	public Sandbox passedOn(Instant now, Instant purgeAt) {
		return new Sandbox(this.id, this.name, this.kind, this.owner, this.token, this.request, this.workspace,
				SandboxState.RELEASED, null, null, this.timeline.released(now).due(purgeAt), this.reason,
				this.successor, this.reuse, this.untried, this.version);
	}

	/**
	 * The warm sandbox that this one's container becomes once it is reset: for the same
	 * owner, under another name, so that whoever still knows this one cannot reach it.
	 */
	public Sandbox again(SandboxId id, String name, Instant now) {
		return new Sandbox(id, name, this.kind, Owner.POOL, this.token, SandboxRequest.PLAIN, this.workspace,
				SandboxState.WARM, this.placement, null, Timeline.begin(now, null), null, null,
				new Reuse(turns(), this.owner), false, 0);
	}

	/** How often its container was handed out, this time included. */
	public int turns() {
		return (this.reuse != null) ? this.reuse.turns() + 1 : 1;
	}

	/** The same with another deadline. */
	public Sandbox due(@Nullable Instant deadline) {
		return copy(this.state, this.placement, this.timeline.due(deadline), this.reason, this.successor);
	}

	/** Whether it must be looked at before an instant. */
	public boolean isDueBefore(Instant instant) {
		return this.timeline.deadline() != null && this.timeline.deadline().isBefore(instant);
	}

	/** The same with the later use that {@code kept} knows of, if it does. */
	public Sandbox withUseOf(Sandbox kept) {
		return (this.state.isHandedOut() && isUsedSince(kept))
				? copy(this.state, this.placement, this.timeline.usedAs(kept.timeline), this.reason, this.successor)
				: this;
	}

	/** Whether {@code kept}, a later look at this sandbox, knows of a later use. */
	public boolean isUsedSince(Sandbox kept) {
		return kept.timeline.isUsedAfter(this.timeline);
	}

	/** Whether somebody ever got it. */
	public boolean wasHandedOut() {
		return this.timeline.handedOutAt() != null;
	}

	/**
	 * Whether it was taken away or lost, and it is not known yet that its container is
	 * gone and its files are safe.
	 */
	public boolean isToBeCleared() {
		return (this.state == SandboxState.RECYCLED || this.state == SandboxState.FAILED) && this.placement != null;
	}

	/** One that was {@link #isToBeCleared to be cleared} and is. */
	public Sandbox cleared(Instant forgetAt) {
		return copy(this.state, null, this.timeline.due(forgetAt), this.reason, this.successor);
	}

	/** The record as the store keeps it after an accepted update. */
	public Sandbox atVersion(long version) {
		return new Sandbox(this.id, this.name, this.kind, this.owner, this.token, this.request, this.workspace,
				this.state, this.placement, this.formerRef, this.timeline, this.reason, this.successor, this.reuse,
				this.untried, version);
	}

	/** The session that it counts for now, if any. */
	public @Nullable String session() {
		return this.state.isInSession() ? this.request.session() : null;
	}

	/** Whether it is, or is on its way to be, a member of a warm pool. */
	public boolean isPoolMember() {
		return this.owner.equals(Owner.POOL);
	}

	/** The engine's name for the container that it has or had, if it ever had one. */
	public @Nullable String containerRef() {
		return (this.placement != null) ? this.placement.ref() : this.formerRef;
	}

	/** Where its container is. */
	public Placement requirePlacement() {
		if (this.placement == null) {
			throw new SandboxUnavailableException(this.id, this.state);
		}
		return this.placement;
	}

	private Sandbox copy(SandboxState state, @Nullable Placement placement, Timeline timeline, @Nullable String reason,
			@Nullable SandboxId successor) {
		String former = (placement != null) ? null : containerRef();
		return new Sandbox(this.id, this.name, this.kind, this.owner, this.token, this.request, this.workspace, state,
				placement, former, timeline, reason, successor, this.reuse, this.untried, this.version);
	}

}
