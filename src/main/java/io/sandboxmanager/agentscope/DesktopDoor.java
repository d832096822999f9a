package io.sandboxmanager.agentscope;

import java.util.Arrays;

import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.security.DesktopAccess;

/** Finds in a request what opens a desktop, and gives a browser what it needs later. */
final class DesktopDoor {

	/** What a browser shows after the password was seen once. */
	static final String COOKIE = "sandbox-manager-desktop";

	private final DesktopAccess access;

	private final SandboxAccess sandboxes;

	DesktopDoor(DesktopAccess access, SandboxAccess sandboxes) {
		this.access = access;
		this.sandboxes = sandboxes;
	}

	/** Whether the request may pass. To others a desktop and nothing look the same. */
	boolean admits(DesktopVisit visit, HttpServletRequest request) {
		if (this.access.admitsCaller(request.getHeader("Authorization"), request.getHeader("Origin"))) {
			return true;
		}
		try {
			Sandbox sandbox = this.sandboxes.find(visit.path().identity());
			return this.access.admitsPassword(sandbox, visit.password()) || this.access.admitsKey(sandbox, visit.key())
					|| (isOwnPage(visit, request) && this.access.admitsKey(sandbox, cookieOf(request)));
		}
		catch (StateUnavailableException ex) {
			throw ex;
		}
		catch (SandboxException ex) {
			return false;
		}
	}

	/**
	 * Sets the cookie when the password was shown.
	 * @return where to send a browser that opens a page with nothing but the password, or
	 * {@code null} to answer here
	 */
	@Nullable String remember(Sandbox sandbox, DesktopVisit visit, HttpServletRequest request, HttpServletResponse response) {
		if (!this.access.admitsPassword(sandbox, visit.password())) {
			return null;
		}
		String key = this.access.keyOf(sandbox);
		boolean secure = request.isSecure() || "https".equals(request.getHeader("X-Forwarded-Proto"));
		response.addHeader("Set-Cookie", COOKIE + "=" + key + "; Path=" + visit.path().prefix()
				+ "; HttpOnly; SameSite=Lax" + (secure ? "; Secure" : ""));
		String accept = request.getHeader("Accept");
		boolean page = accept != null && accept.contains("text/html") && !visit.webSocket();
		if (!page || visit.key() != null || request.getHeader("Authorization") != null) {
			return null;
		}
		return visit.withKey(key) + "?" + request.getQueryString();
	}

	/** Browsers send cookies with WebSockets that other sites open, and say so. */
	private static boolean isOwnPage(DesktopVisit visit, HttpServletRequest request) {
		String origin = request.getHeader("Origin");
		return !visit.webSocket() || origin == null || origin.endsWith("://" + request.getHeader("Host"));
	}

	private static @Nullable String cookieOf(HttpServletRequest request) {
		if (request.getCookies() == null) {
			return null;
		}
		return Arrays.stream(request.getCookies())
			.filter((cookie) -> COOKIE.equals(cookie.getName()))
			.findFirst()
			.map(Cookie::getValue)
			.orElse(null);
	}

}
