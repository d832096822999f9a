package io.sandboxmanager.api;

import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.sandboxmanager.gateway.PublicAddress;
import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.sandbox.Exposure;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.security.Purpose;
import io.sandboxmanager.security.Tickets;
import io.sandboxmanager.security.Tickets.Issued;
import io.sandboxmanager.template.TemplateCatalogue;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

/** Tells where the browser of a sandbox is driven and watched. */
@RestController
class BrowserController {

	private final SandboxAccess sandboxes;

	private final TemplateCatalogue catalogue;

	private final Tickets tickets;

	private final PublicAddress address;

	BrowserController(SandboxAccess sandboxes, TemplateCatalogue catalogue, Tickets tickets, PublicAddress address) {
		this.sandboxes = sandboxes;
		this.catalogue = catalogue;
		this.tickets = tickets;
		this.address = address;
	}

	/** Gives out a new ticket each time. */
	@GetMapping("/api/v1/sandboxes/{identity}/browser")
	ResponseEntity<Browser> browser(@PathVariable String identity, HttpServletRequest request) {
		Sandbox sandbox = this.sandboxes.reach(identity);
		Exposure exposure = this.catalogue.exposureOf(sandbox.kind().type());
		Set<Purpose> purposes = EnumSet.noneOf(Purpose.class);
		exposure.cdp().ifPresent((port) -> purposes.add(Purpose.CDP));
		if (exposure.desktop()) {
			purposes.add(Purpose.VNC);
		}
		if (purposes.isEmpty()) {
			throw new NoBrowserException(sandbox);
		}
		Issued issued = this.tickets.issue(sandbox.id(), purposes);
		String server = this.address.webSocketsOf(request);
		String end = "?ticket=" + issued.text();
		Browser browser = new Browser(
				purposes.contains(Purpose.CDP) ? server + SandboxServlet.ROUTE + sandbox.id() + "/cdp" + end : null,
				purposes.contains(Purpose.VNC) ? server + "/desktop/" + sandbox.id() + end : null, issued.ticket().id(),
				issued.ticket().until());
		return ResponseEntity.ok().cacheControl(CacheControl.noStore()).body(browser);
	}

	/**
	 * Where a browser is driven and watched.
	 *
	 * @param cdpUrl a WebSocket for clients of the Chrome DevTools Protocol
	 * @param vncUrl a WebSocket for clients of VNC
	 * @param ticketId by which the ticket in both is revoked
	 * @param expiresAt until when they can be opened
	 */
	@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
	@JsonInclude(JsonInclude.Include.NON_NULL)
	record Browser(@Nullable String cdpUrl, @Nullable String vncUrl, String ticketId, Instant expiresAt) {
	}

}
