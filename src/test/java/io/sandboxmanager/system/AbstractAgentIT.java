package io.sandboxmanager.system;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the agent offers beyond the wire, through the server, in a real sandbox of one
 * backend.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
abstract class AbstractAgentIT {

	private static final String TOKEN = "a-token-of-the-system-tests";

	private static final Duration LIMIT = Duration.ofSeconds(20);

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final String ECHO = """
			import base64, hashlib, socket
			listener = socket.create_server(("127.0.0.1", 9001))
			print("listening", flush=True)
			sock, _ = listener.accept()
			head = b""
			while not head.endswith(b"\\r\\n\\r\\n"):
			    head += sock.recv(1)
			key = next(l.split(b": ")[1] for l in head.split(b"\\r\\n") if l.lower().startswith(b"sec-websocket-key"))
			accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
			sock.sendall(b"HTTP/1.1 101 OK\\r\\nUpgrade: websocket\\r\\nConnection: Upgrade\\r\\nSec-WebSocket-Accept: " + accept + b"\\r\\n\\r\\n")
			start = sock.recv(2)
			mask, data = sock.recv(4), sock.recv(start[1] & 127)
			sock.sendall(bytes([start[0], len(data)]) + bytes(b ^ mask[i % 4] for i, b in enumerate(data)))
			sock.recv(100)
			""";

	@RegisterExtension
	static final Servers servers = Servers.forAllTests();

	private static @Nullable ServerProcess started;

	private ServerProcess server;

	private String sandbox;

	/** The value of {@code CONTAINER_DEPLOYMENT}. */
	protected abstract String backend();

	@BeforeEach
	void begin() {
		ServerProcess running = started;
		if (running == null) {
			running = servers.server("CONTAINER_DEPLOYMENT", backend(), "BEARER_TOKEN", TOKEN, "POOL_SIZE", "0")
				.start();
			started = running;
		}
		this.server = running;
		this.sandbox = running.api().create();
	}

	@AfterAll
	static void end() {
		started = null;
	}

	@Test
	void resetReturnsASandboxToItsFirstState() {
		assertThat(post("/reset", Map.of()).path("problems")).isEmpty();
		this.server.api()
			.shell(this.sandbox, "echo x > file; mkdir -p /tmp/a ~/.config; echo x > /tmp/a/b; echo x >> ~/.profile; "
					+ "(setsid env -i sleep 301 >/dev/null 2>&1 </dev/null &)");
		post("/tools/commands", Map.of("command", "sleep 302"));
		post("/tools/run_ipython_cell", Map.of("code", "left = 'over'"));
		JsonNode told = post("/reset", Map.of());
		assertThat(told.path("problems")).isEmpty();
		assertThat(told.path("restored").asBoolean()).isTrue();
		assertThat(told.path("processes_killed").asInt()).isPositive();
		assertThat(this.server.api()
			.shell(this.sandbox, "ls -A . /tmp; pgrep -c sleep; grep -c '^x$' ~/.profile; ls ~/.config"))
			.doesNotContain("file", ".config", "a\n")
			.contains("0\n");
		JsonNode cell = post("/tools/run_ipython_cell", Map.of("code", "print('left' in globals())"));
		assertThat(cell.path("content").path(0).path("text").asString()).isEqualTo("False\n");
	}

	@Test
	void serviceOnTheLoopbackIsReachedThroughItsPort() throws Exception {
		this.server.api().shell(this.sandbox, "echo served > page.txt");
		post("/tools/commands", Map.of("command", "python3 -m http.server 8123 --bind 127.0.0.1"));
		Await.until("the service listens", LIMIT, () -> get("/ports/8123/page.txt").statusCode(),
				(status) -> status == 200);
		assertThat(get("/ports/8123/page.txt").body()).isEqualTo("served\n");
		assertThat(get("/ports/8124/").statusCode()).isEqualTo(502);
	}

	@Test
	void webSocketOfASandboxIsReachedThroughItsPort() throws Exception {
		JsonNode info = this.server.api().info(this.sandbox);
		URI address = URI.create(info.path("url").asString().replaceFirst("http", "ws") + "/ports/9001/");
		assertThat(echo(address, "Bearer " + info.path("runtime_token").asString())).isEqualTo("hello");
	}

	@Test
	void webSocketOfASandboxIsReachedThroughTheServer() throws Exception {
		String address = this.server.address().toString().replaceFirst("http", "ws") + "/sandboxes/" + this.sandbox
				+ "/ports/9001/";
		assertThat(echo(URI.create(address), "Bearer " + TOKEN)).isEqualTo("hello");
	}

	/** What a service says that says everything again. */
	private String echo(URI address, String authorization) throws Exception {
		this.server.api().shell(this.sandbox, "cat > echo.py <<'END'\n" + ECHO + "END\n");
		String id = post("/tools/commands", Map.of("command", "python3 echo.py")).path("id").asString();
		assertThat(get("/tools/commands/output?wait=20&id=" + id).body()).contains("listening");
		CompletableFuture<String> answer = new CompletableFuture<>();
		WebSocket socket = HttpClient.newHttpClient()
			.newWebSocketBuilder()
			.header("Authorization", authorization)
			.buildAsync(address, new WebSocket.Listener() {

				@Override
				public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
					answer.complete(data.toString());
					return null;
				}

			})
			.get(20, TimeUnit.SECONDS);
		socket.sendText("hello", true).get(20, TimeUnit.SECONDS);
		String said = answer.get(20, TimeUnit.SECONDS);
		socket.abort();
		return said;
	}

	@Test
	void terminalIsTalkedTo() {
		String id = post("/tools/commands", Map.of("terminal", Map.of("rows", 33, "columns", 99))).path("id")
			.asString();
		assertThat(send("POST", "/tools/commands/input", Map.of("id", id, "text", "stty size; echo $((6*7))\n"))
			.statusCode()).isEqualTo(204);
		Await.until("the shell answers", LIMIT, () -> get("/tools/commands/output?id=" + id).body(),
				(output) -> output.contains("33 99\\r\\n42"));
		assertThat(post("/tools/commands/kill", Map.of("id", id)).path("state").asString()).isEqualTo("ended");
	}

	@Test
	void outputAndChangesAreFollowedWhileTheyHappen() throws Exception {
		HttpRequest watch = this.server.api().request(path("/workspace/watch")).build();
		try (Stream<String> events = this.server.api().send(watch, BodyHandlers.ofLines()).body()) {
			assertThat(events.takeWhile((line) -> {
				if (line.equals("event: ready")) {
					this.server.api().shell(this.sandbox, "mkdir new; echo x > new/file");
				}
				return !line.contains("new/file");
			})).contains("event: created");
		}
		HttpRequest live = this.server.api()
			.request(path("/tools/run_shell_command"))
			.header("Accept", "text/event-stream")
			.POST(HttpRequest.BodyPublishers
				.ofString("{\"command\":\"echo one; read line < gate\",\"call_id\":\"live\"}"))
			.build();
		this.server.api().shell(this.sandbox, "mkfifo gate");
		try (Stream<String> events = this.server.api().send(live, BodyHandlers.ofLines()).body()) {
			assertThat(events.peek((line) -> {
				if (line.contains("one\\n")) {
					send("POST", "/tools/cancel", Map.of("call_id", "live"));
				}
			})).contains("event: result");
		}
	}

	@Test
	void workspaceIsTakenAndGivenAsAnArchive() throws Exception {
		this.server.api().shell(this.sandbox, "mkdir -p a/b; echo inside > a/b/file; chmod 750 a/b/file");
		HttpRequest pack = this.server.api().request(path("/workspace/archive?path=a&format=tar.gz")).build();
		byte[] archive = this.server.api().send(pack, BodyHandlers.ofByteArray()).body();
		HttpRequest unpack = this.server.api()
			.request(path("/workspace/archive?path=copy"))
			.PUT(HttpRequest.BodyPublishers.ofByteArray(archive))
			.build();
		assertThat(this.server.api().send(unpack, BodyHandlers.ofString()).body()).contains("\"files\":1");
		assertThat(this.server.api().shell(this.sandbox, "cat copy/b/file; stat -c %a copy/b/file"))
			.isEqualTo("inside\n750\n");
	}

	private String path(String path) {
		return "/proxy/" + this.sandbox + path;
	}

	private HttpResponse<String> get(String path) {
		return this.server.api().send(this.server.api().request(path(path)).build(), BodyHandlers.ofString());
	}

	private HttpResponse<String> send(String method, String path, Map<String, ?> body) {
		HttpRequest request = this.server.api()
			.request(path(path))
			.method(method, HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
			.build();
		return this.server.api().send(request, BodyHandlers.ofString());
	}

	/** Posts what must be answered with success. */
	private JsonNode post(String path, Map<String, ?> body) {
		HttpResponse<String> answer = send("POST", path, body);
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
		return JSON.readTree(answer.body());
	}

}
