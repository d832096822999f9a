package io.sandboxmanager.gateway;

/** What has to change in the headers of a sandbox's answer. */
public interface AnswerRewriter {

	/** Leaves everything as the sandbox sent it. */
	AnswerRewriter UNTOUCHED = new AnswerRewriter() {

		@Override
		public String location(String location) {
			return location;
		}

		@Override
		public String cookie(String cookie) {
			return cookie;
		}

	};

	/** The value of {@code Location}. */
	String location(String location);

	/** The value of one {@code Set-Cookie}. */
	String cookie(String cookie);

	/**
	 * Whether a browser is told to keep the answer apart from the origin it came from.
	 */
	default boolean keepsApart() {
		return true;
	}

}
