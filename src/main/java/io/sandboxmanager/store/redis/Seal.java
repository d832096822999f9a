package io.sandboxmanager.store.redis;

import org.jspecify.annotations.Nullable;

/** Keeps what callers put in from those who can read Redis. */
interface Seal {

	/** What sealed texts begin with: no other does. */
	String MARK = "~";

	/**
	 * Seals a text.
	 * @param place where it is kept; it can be opened nowhere else
	 */
	String seal(String text, String place);

	/**
	 * Gives the text back, also one that was kept while there was no key.
	 * @throws io.sandboxmanager.sandbox.StateUnavailableException when it was sealed with
	 * another key
	 */
	String open(String kept, String place);

	/**
	 * The seal of a key.
	 * @param key a text of any length, or nothing: then texts stay as they are
	 */
	static Seal of(@Nullable String key) {
		return (key != null) ? new AesSeal(key) : new NoSeal();
	}

}
