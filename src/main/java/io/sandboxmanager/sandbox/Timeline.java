package io.sandboxmanager.sandbox;

import java.time.Duration;
import java.time.Instant;

import org.jspecify.annotations.Nullable;

/**
 * When what happened to a sandbox.
 *
 * @param createdAt when its record was made
 * @param updatedAt when its state last changed
 * @param handedOutAt when somebody got it, absent until then
 * @param lastActiveAt when it was last used, absent while it is in no session
 * @param recycledAt when it was taken away for being idle
 * @param releasedAt when it was given back
 * @param expiresAt the end of its absolute lifetime, absent until it is handed out
 * @param deadline when the server must look at it again whatever happens, if ever
 */
public record Timeline(Instant createdAt, Instant updatedAt, @Nullable Instant handedOutAt,
		@Nullable Instant lastActiveAt, @Nullable Instant recycledAt, @Nullable Instant releasedAt,
		@Nullable Instant expiresAt, @Nullable Instant deadline) {

	static Timeline begin(Instant now, @Nullable Instant deadline) {
		return new Timeline(now, now, null, null, null, null, null, deadline);
	}

	Timeline changed(Instant now) {
		return new Timeline(this.createdAt, now, this.handedOutAt, this.lastActiveAt, this.recycledAt, this.releasedAt,
				this.expiresAt, this.deadline);
	}

	Timeline handedOut(Instant now, Duration lifetime) {
		Instant end = lifetime.isZero() ? null : now.plus(lifetime);
		return new Timeline(this.createdAt, now, now, null, null, null, end, end);
	}

	Timeline touched(Instant now, Duration idle) {
		return new Timeline(this.createdAt, this.updatedAt, this.handedOutAt, now, this.recycledAt, this.releasedAt,
				this.expiresAt, idle.isZero() ? this.expiresAt : earlier(now.plus(idle), this.expiresAt));
	}

	Timeline recycled(Instant now) {
		return new Timeline(this.createdAt, now, this.handedOutAt, this.lastActiveAt, now, null, this.expiresAt, null);
	}

	Timeline released(Instant now) {
		Instant first = (this.releasedAt != null) ? this.releasedAt : now;
		return new Timeline(this.createdAt, now, this.handedOutAt, this.lastActiveAt, this.recycledAt, first,
				this.expiresAt, null);
	}

	Timeline due(@Nullable Instant deadline) {
		return new Timeline(this.createdAt, this.updatedAt, this.handedOutAt, this.lastActiveAt, this.recycledAt,
				this.releasedAt, this.expiresAt, deadline);
	}

	boolean isUsedAfter(Timeline other) {
		return this.lastActiveAt != null
				&& (other.lastActiveAt == null || this.lastActiveAt.isAfter(other.lastActiveAt));
	}

	Timeline usedAs(Timeline other) {
		return new Timeline(this.createdAt, this.updatedAt, this.handedOutAt, other.lastActiveAt, this.recycledAt,
				this.releasedAt, this.expiresAt, other.deadline);
	}

	private static Instant earlier(Instant one, @Nullable Instant other) {
		return (other == null || one.isBefore(other)) ? one : other;
	}

}
