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
import io.sandboxmanager.gateway.PublicAddress;
import io.sandboxmanager.gateway.ShortAnswers;
import io.sandboxmanager.gateway.ShortAnswers.Answer;
import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.lifecycle.SandboxAccess.Activity;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.template.TemplateCatalogue;

/**
 * The browser of a session's sandbox, for those who have nothing but an address: what it
 * tells of itself leads through this server, and opens with the ticket in it.
 */
public final class AioBrowser {

	/** Where it tells of itself. */
	static final String INFO = "/v1/browser/info";

	private final SandboxAccess sandboxes;

	private final TemplateCatalogue catalogue;

	private final BrowserAddresses addresses;

	private final PublicAddress address;

	private final ShortAnswers answers;

	public AioBrowser(SandboxAccess sandboxes, TemplateCatalogue catalogue, BrowserAddresses addresses,
			PublicAddress address, ShortAnswers answers) {
		this.sandboxes = sandboxes;
		this.catalogue = catalogue;
		this.addresses = addresses;
		this.address = address;
		this.answers = answers;
	}

	/** Whether a request asks where the browser is. */
	static boolean isAskedFor(HttpServletRequest request) {
		return INFO.equals(request.getRequestURI()) && "GET".equals(request.getMethod());
	}

	/** Answers with what the sandbox says, the addresses being those of this server. */
	void tell(Sandbox sandbox, HttpServletRequest request, HttpServletResponse response) throws IOException {
		Answer answer;
		Activity activity = this.sandboxes.begin(sandbox);
		try {
			answer = this.answers.ask(ForwardTarget.withToken(sandbox, INFO, request.getQueryString()), "GET");
		}
		finally {
			activity.close();
		}
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

	/** The page of the screen asks the sandbox itself, which wants its own token. */
	private void put(ObjectNode data, Addresses found, Sandbox sandbox, HttpServletRequest request) {
		data.put("ticket_id", found.issued().ticket().id());
		if (found.cdp() != null) {
			data.put("cdp_url", found.cdp());
		}
		if (found.vnc() != null) {
			page(data.path("vnc_url").asString("")).ifPresent(
					(page) -> data.put("vnc_url", this.address.of(request) + page + "ticket=" + found.issued().text()
							+ "&password=" + URLEncoder.encode(sandbox.token().secret(), StandardCharsets.UTF_8)));
		}
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
