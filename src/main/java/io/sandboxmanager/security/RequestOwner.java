package io.sandboxmanager.security;

import jakarta.servlet.http.HttpServletRequest;

import io.sandboxmanager.sandbox.Owner;

/** On whose behalf a request is made, as the filters found out. */
public final class RequestOwner {

	/** Who has the server's one token. */
	static final Owner TOKEN = new Owner("token");

	private static final String ATTRIBUTE = RequestOwner.class.getName();

	private RequestOwner() {
	}

	/** The owner, {@link Owner#ANONYMOUS} where nothing is known of the caller. */
	public static Owner of(HttpServletRequest request) {
		return (request.getAttribute(ATTRIBUTE) instanceof Owner owner) ? owner : Owner.ANONYMOUS;
	}

	static void set(HttpServletRequest request, Owner owner) {
		request.setAttribute(ATTRIBUTE, owner);
	}

}
