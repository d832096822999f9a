package io.sandboxmanager.aio;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Set;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

/**
 * What the API is, told by the server itself, so that nobody needs a sandbox to read it.
 * The files are made from the agent's own table of routes, by a test of the agent.
 */
final class AioDocuments {

	private static final Set<String> METHODS = Set.of("GET", "HEAD");

	/** The page brings along all that it shows. */
	private static final String POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

	private final Map<String, Document> documents = Map.of("/v1/openapi.json",
			Document.read("openapi.json", "application/json"), "/v1/docs",
			Document.read("docs.html", "text/html;charset=utf-8"));

	/** Answers a request for one of them. */
	boolean answer(HttpServletRequest request, HttpServletResponse response) throws IOException {
		Document document = this.documents.get(AioServlet.pathOf(request));
		if (document == null || !METHODS.contains(request.getMethod())) {
			return false;
		}
		response.setContentType(document.type());
		response.setHeader("Content-Security-Policy", POLICY);
		response.setHeader("X-Content-Type-Options", "nosniff");
		response.setContentLength(document.text().length);
		response.getOutputStream().write(document.text());
		return true;
	}

	@SuppressWarnings("ArrayRecordComponent")
	private record Document(String type, byte[] text) {

		static Document read(String name, String type) {
			try (InputStream file = AioDocuments.class.getResourceAsStream(name)) {
				if (file == null) {
					throw new FileNotFoundException(name);
				}
				return new Document(type, file.readAllBytes());
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

	}

}
