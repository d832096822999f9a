package io.sandboxmanager.api;

import java.io.IOException;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import io.sandboxmanager.gateway.Entry;
import io.sandboxmanager.gateway.Visit;
import io.sandboxmanager.security.Purpose;

/** One of the ways into a sandbox. */
interface SandboxRoute {

	/** Whether a request goes this way. */
	boolean takes(Visit visit);

	/** What a ticket must be for to open it. */
	Purpose purpose();

	/** Answers a visitor who was let in. */
	void receive(Visit visit, Entry entry, HttpServletRequest request, HttpServletResponse response)
			throws ServletException, IOException;

}
