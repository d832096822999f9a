package io.sandboxmanager.api;

import java.time.Instant;

import com.fasterxml.jackson.annotation.JsonInclude;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.http.CacheControl;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

import io.sandboxmanager.gateway.BrowserAddresses;
import io.sandboxmanager.gateway.BrowserAddresses.Addresses;
import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.security.AccessTicket;
import io.sandboxmanager.template.TemplateCatalogue;

/** Tells where the browser of a sandbox is driven and watched. */
@RestController
class BrowserController {

	private final SandboxAccess sandboxes;

	private final TemplateCatalogue catalogue;

	private final BrowserAddresses addresses;

	BrowserController(SandboxAccess sandboxes, TemplateCatalogue catalogue, BrowserAddresses addresses) {
		this.sandboxes = sandboxes;
		this.catalogue = catalogue;
		this.addresses = addresses;
	}

	/** Gives out a new ticket each time. */
	@GetMapping("/api/v1/sandboxes/{identity}/browser")
	ResponseEntity<Browser> browser(@PathVariable String identity, HttpServletRequest request) {
		Sandbox sandbox = this.sandboxes.reach(identity);
		Addresses found = this.addresses.of(sandbox, this.catalogue.exposureOf(sandbox.kind().type()), request)
			.orElseThrow(() -> new NoBrowserException(sandbox));
		AccessTicket ticket = found.issued().ticket();
		Browser browser = new Browser(found.cdp(), found.vnc(), ticket.id(), ticket.until());
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
