package io.sandboxmanager.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A caller of the server, on the AgentScope wire. */
final class Api {

	static final String ERROR_HEADER = "X-Sandbox-Error";

	/** What a creation is asked for. */
	static final Map<String, ?> BASE = Map.of("sandbox_type", "base");

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final HttpClient CLIENT = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

	private static final Duration LIMIT = Duration.ofMinutes(2);

	private final URI address;

	private final @Nullable String token;

	Api(URI address, @Nullable String token) {
		this.address = address;
		this.token = token;
	}

	boolean isHealthy() {
		try {
			return CLIENT.send(request("/health").timeout(Duration.ofSeconds(5)).build(), BodyHandlers.discarding())
				.statusCode() == 200;
		}
		catch (ConnectException | HttpTimeoutException ex) {
			return false;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	/** Makes a sandbox for this caller alone. */
	String create() {
		return handedOut(call("/create", BASE));
	}

	/** Takes a sandbox from the pool, or makes one. */
	String acquire() {
		return handedOut(call("/create_from_pool", BASE));
	}

	private static String handedOut(HttpResponse<String> answer) {
		JsonNode name = data(answer);
		if (!name.isString()) {
			throw new AssertionError("no sandbox was handed out: " + answer.body() + ", "
					+ answer.headers().firstValue(ERROR_HEADER).orElse("no reason given"));
		}
		return name.asString();
	}

	void release(String name) {
		data(call("/release", Map.of("identity", name)));
	}

	JsonNode info(String name) {
		return data(call("/get_info", Map.of("identity", name)));
	}

	static Map<String, ?> shellCall(String name, String command) {
		return Map.of("identity", name, "tool_name", "run_shell_command", "arguments", Map.of("command", command));
	}

	/** Runs a command in a sandbox's shell and gives what it wrote to standard output. */
	String shell(String name, String command) {
		JsonNode result = data(call("/call_tool",
				Map.of("identity", name, "tool_name", "run_shell_command", "arguments", Map.of("command", command))));
		for (JsonNode content : result.path("content")) {
			if (content.path("description").asString("").equals("stdout")) {
				return content.path("text").asString();
			}
		}
		throw new AssertionError("the tool gave no standard output: " + result);
	}

	/** What stands under {@code data} in an answer that must be a success. */
	static JsonNode data(HttpResponse<String> answer) {
		if (answer.statusCode() != 200) {
			throw new AssertionError(answer.request().uri() + " answered " + answer.statusCode() + " " + answer.body());
		}
		return JSON.readTree(answer.body()).path("data");
	}

	HttpResponse<String> call(String path, Map<String, ?> arguments) {
		return send(rpc(path, arguments), BodyHandlers.ofString());
	}

	/** Calls without waiting for the answer. */
	CompletableFuture<HttpResponse<String>> callLater(String path, Map<String, ?> arguments) {
		return CLIENT.sendAsync(rpc(path, arguments), BodyHandlers.ofString());
	}

	/** Calls the server's own API. */
	HttpResponse<String> send(String method, String path, @Nullable String json) {
		return send(rest(method, path, json), BodyHandlers.ofString());
	}

	/** Calls the server's own API without waiting for the answer. */
	CompletableFuture<HttpResponse<String>> sendLater(String method, String path, @Nullable String json) {
		return CLIENT.sendAsync(rest(method, path, json), BodyHandlers.ofString());
	}

	private HttpRequest rest(String method, String path, @Nullable String json) {
		HttpRequest.BodyPublisher body = (json != null) ? HttpRequest.BodyPublishers.ofString(json)
				: HttpRequest.BodyPublishers.noBody();
		return request(path).method(method, body).header("Content-Type", "application/json").build();
	}

	private HttpRequest rpc(String path, Map<String, ?> arguments) {
		return request(path).POST(HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(arguments))).build();
	}

	/** Begins a request, which {@link #send} sends. */
	HttpRequest.Builder request(String path) {
		HttpRequest.Builder request = HttpRequest.newBuilder(this.address.resolve(path)).timeout(LIMIT);
		if (this.token != null) {
			request.header("Authorization", "Bearer " + this.token);
		}
		return request;
	}

	<T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler) {
		try {
			return CLIENT.send(request, handler);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(request.uri().toString(), ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

}
