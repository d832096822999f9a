package io.sandboxmanager.aio;

import io.sandboxmanager.lifecycle.SessionSandboxes;
import io.sandboxmanager.sandbox.Owner;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.template.TemplateCatalogue;

/** Gives each session of an owner its one sandbox. */
@FunctionalInterface
public interface AioSessions {

	/** The type of these sandboxes in the catalogue. */
	String TYPE = "aio";

	/**
	 * The sandbox of a session, ready for a call: the one that it has, or a new one if it
	 * has none or has left it unused for too long.
	 */
	Sandbox sandboxOf(String session, Owner owner);

	/** Sessions apart from those of the other wires. */
	static AioSessions of(SessionSandboxes sandboxes, TemplateCatalogue catalogue) {
		return (session, owner) -> sandboxes.freshSandboxOf(TYPE + ":" + session, catalogue.find(TYPE), owner);
	}

}
