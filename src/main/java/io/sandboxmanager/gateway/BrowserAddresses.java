package io.sandboxmanager.gateway;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.Exposure;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.security.Purpose;
import io.sandboxmanager.security.Tickets;
import io.sandboxmanager.security.Tickets.Issued;

/**
 * Tells where the browser of a sandbox is driven and watched, in addresses that open it
 * as they are.
 */
public final class BrowserAddresses {

	private final Tickets tickets;

	private final PublicAddress address;

	public BrowserAddresses(Tickets tickets, PublicAddress address) {
		this.tickets = tickets;
		this.address = address;
	}

	/**
	 * The addresses as the sender of a request reaches them, with a new ticket.
	 * @param exposure what the type of the sandbox shows
	 * @return empty when it shows no browser
	 */
	public Optional<Addresses> of(Sandbox sandbox, Exposure exposure, HttpServletRequest request) {
		Set<Purpose> purposes = EnumSet.noneOf(Purpose.class);
		exposure.cdp().ifPresent((port) -> purposes.add(Purpose.CDP));
		if (exposure.desktop()) {
			purposes.add(Purpose.VNC);
		}
		if (purposes.isEmpty()) {
			return Optional.empty();
		}
		Issued issued = this.tickets.issue(sandbox.id(), purposes);
		String server = this.address.webSocketsOf(request);
		String end = "?ticket=" + issued.text();
		return Optional.of(new Addresses(
				purposes.contains(Purpose.CDP) ? server + "/sandboxes/" + sandbox.id() + "/cdp" + end : null,
				purposes.contains(Purpose.VNC) ? server + "/desktop/" + sandbox.id() + end : null, issued));
	}

	/**
	 * Where a browser is.
	 *
	 * @param cdp a WebSocket for clients of the Chrome DevTools Protocol
	 * @param vnc a WebSocket for clients of VNC
	 * @param issued the ticket in both
	 */
	public record Addresses(@Nullable String cdp, @Nullable String vnc, Issued issued) {
	}

}
