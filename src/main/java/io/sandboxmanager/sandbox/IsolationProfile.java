package io.sandboxmanager.sandbox;

/** How tightly a container is confined. */
public enum IsolationProfile {

	/** Non-root, no capabilities, no new privileges: for images made for it. */
	STRICT,

	/**
	 * Root inside, the engine's default capabilities less {@code NET_RAW}: for others.
	 */
	COMPATIBLE,

	/** {@link #STRICT} for images labelled as made for it, else {@link #COMPATIBLE}. */
	AUTO,

	/**
	 * Not confined, as an Android device needs it: privileged, on a host whose kernel has
	 * binder. The operator must allow it.
	 */
	ANDROID

}
