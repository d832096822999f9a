package io.sandboxmanager.pool;

/** What a caller gets whom the pool could serve but has no member for. */
public enum OnMiss {

	/** A sandbox that is made for him. */
	CREATE,

	/** The next member, in the order of arrival. */
	WAIT,

	/** A failure, at once. */
	FAIL

}
