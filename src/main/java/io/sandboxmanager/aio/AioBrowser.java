package io.sandboxmanager.aio;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.springframework.http.MediaType;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import io.sandboxmanager.gateway.BrowserAddresses;
import io.sandboxmanager.gateway.BrowserAddresses.Addresses;
import io.sandboxmanager.gateway.ForwardTarget;
import io.sandboxmanager.gateway.Passage;
import io.sandboxmanager.gateway.PublicAddress;
import io.sandboxmanager.gateway.ShortAnswers.Answer;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.template.TemplateCatalogue;

/**
 * The browser of a session's sandbox, for those who have nothing but an address: what it
 * tells of itself leads through this server, and opens with the ticket in it.
 */
public final class AioBrowser {

	/** Where it tells of itself. */
	static final String INFO = "/v1/browser/info";

	/** VNC knows no longer one. */
	private static final int VNC_PASSWORD_LENGTH = 8;

	private final TemplateCatalogue catalogue;

	private final BrowserAddresses addresses;

	private final PublicAddress address;

	private final Passage passage;

	public AioBrowser(TemplateCatalogue catalogue, BrowserAddresses addresses, PublicAddress address, Passage passage) {
		this.catalogue = catalogue;
		this.addresses = addresses;
		this.address = address;
		this.passage = passage;
	}

	/** Whether a request asks where the browser is. */
	static boolean isAskedFor(HttpServletRequest request) {
		return INFO.equals(AioServlet.pathOf(request)) && "GET".equals(request.getMethod());
	}

	/** Answers with what the sandbox says, the addresses being those of this server. */
	void tell(Sandbox sandbox, HttpServletRequest request, HttpServletResponse response) throws IOException {
		Answer answer = this.passage.ask(sandbox, ForwardTarget.withToken(sandbox, INFO, request.getQueryString()),
				"GET");
		byte[] body = rewrite(answer.body(), sandbox, request).getBytes(StandardCharsets.UTF_8);
		response.setStatus(answer.status());
		response.setContentType(MediaType.APPLICATION_JSON_VALUE);
		response.setHeader("Cache-Control", "no-store");
		response.setHeader("X-Content-Type-Options", "nosniff");
		response.setContentLength(body.length);
		response.getOutputStream().write(body);
	}

	/** What is not in the expected form stays as it is. */
	private String rewrite(String body, Sandbox sandbox, HttpServletRequest request) {
		try {
			JsonNode told = JsonMapper.shared().readTree(body);
			if (told.path("data") instanceof ObjectNode data) {
				this.addresses.of(sandbox, this.catalogue.exposureOf(sandbox.kind().type()), request)
					.ifPresent((found) -> put(data, found, sandbox, request));
			}
			return told.toString();
		}
		catch (JacksonException ex) {
			return body;
		}
	}

	/**
	 * The page of the screen asks the sandbox itself, which wants its own token: as much
	 * of it as VNC knows. That opens nothing at this server, so a ticket that was revoked
	 * is not made up for by it.
	 */
	private void put(ObjectNode data, Addresses found, Sandbox sandbox, HttpServletRequest request) {
		data.put("ticket_id", found.issued().ticket().id());
		if (found.cdp() != null) {
			data.put("cdp_url", found.cdp());
		}
		if (found.vnc() != null) {
			page(data.path("vnc_url").asString("")).ifPresent((page) -> data.put("vnc_url", this.address.of(request)
					+ page + "ticket=" + found.issued().text() + "&password=" + vncPassword(sandbox)));
		}
	}

	private static String vncPassword(Sandbox sandbox) {
		String token = sandbox.token().secret();
		return URLEncoder.encode(token.substring(0, Math.min(VNC_PASSWORD_LENGTH, token.length())),
				StandardCharsets.UTF_8);
	}

	/**
	 * The page of the screen, ready for more parameters; a sandbox may call itself by any
	 * host.
	 */
	private static Optional<String> page(String told) {
		try {
			URI page = new URI(told);
			String path = page.getRawPath();
			String query = page.getRawQuery();
			return (path == null || !path.startsWith(AioScreen.ROUTE)) ? Optional.empty()
					: Optional.of(path + "?" + ((query != null) ? query + "&" : ""));
		}
		catch (URISyntaxException ex) {
			return Optional.empty();
		}
	}

}
