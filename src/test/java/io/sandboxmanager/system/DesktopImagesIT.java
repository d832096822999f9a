package io.sandboxmanager.system;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

import javax.imageio.ImageIO;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** The images with a screen, in containers that the server made. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class DesktopImagesIT {

	private static final String TOKEN = "a-token-of-the-system-tests";

	private static final Duration LIMIT = Duration.ofSeconds(30);

	private static final int WIDTH = 1280;

	private static final int HEIGHT = 800;

	/** A pixel well inside the page, where the pointer is not. */
	private static final int PLACE = HEIGHT * 3 / 4 * WIDTH + WIDTH / 4;

	private static final int RED = 0xff0000;

	@RegisterExtension
	static final Servers servers = Servers.forAllTests();

	private static @Nullable ServerProcess server;

	private static Desktop browser;

	private static Desktop gui;

	@BeforeAll
	static void begin() {
		Docker.requireImage("agentscope/runtime-sandbox-browser:latest", "browser");
		Docker.requireImage("agentscope/runtime-sandbox-gui:latest", "gui");
		ServerProcess started = servers.server("BEARER_TOKEN", TOKEN, "POOL_SIZE", "0").start();
		server = started;
		browser = Desktop.create(started, "browser");
		gui = Desktop.create(started, "gui");
	}

	@AfterAll
	static void end() {
		if (server != null) {
			servers.stopAll();
		}
	}

	@Test
	void aBrowserSandboxIsHandedOutWhenItsBrowserAnswersAndIsUnhealthyWithoutIt() throws Exception {
		Desktop fresh = Desktop.create(running(), "browser");
		HttpResponse<String> version = fresh.get("/ports/9222/json/version");
		assertThat(version.statusCode()).as(version.body()).isEqualTo(200);
		assertThat(version.body()).contains("webSocketDebuggerUrl");
		fresh.shell("kill -KILL $(pgrep -o -f remote-debugging-port)");
		HttpResponse<String> health = Await.until("the sandbox is unhealthy", LIMIT, () -> fresh.get("/healthz"),
				(answer) -> answer.statusCode() != 200);
		assertThat(health.statusCode()).isEqualTo(503);
		assertThat(health.body()).contains("the browser does not answer on port 9222");
		Await.until("the browser is back", LIMIT, () -> fresh.get("/healthz").statusCode(), (status) -> status == 200);
		assertThat(fresh.get("/ports/9222/json/version").body()).isNotEqualTo(version.body());
		fresh.release();
	}

	@Test
	void chromiumsOwnSandboxIsOn() throws Exception {
		try (CdpPage page = browser.open("chrome://sandbox")) {
			String told = Await.until("the page says how it is", LIMIT, () -> page.evaluate("document.body.innerText"),
					(text) -> text.contains("sandboxed"));
			assertThat(told).contains("You are adequately sandboxed.").doesNotContain("NOT");
			assertThat(told).containsPattern("Layer 1 Sandbox\\s+Namespace")
				.containsPattern("PID namespaces\\s+Yes")
				.containsPattern("Network namespaces\\s+Yes")
				.containsPattern("Seccomp-BPF sandbox\\s+Yes");
		}
		assertThat(browser.shell("ps -eo args")).contains("--type=renderer").doesNotContain("--no-sandbox");
	}

	@ParameterizedTest
	@ValueSource(strings = { "browser", "gui" })
	void nothingIsRootAndOnlyTheAgentListensOutwards(String type) {
		Desktop desktop = desktop(type);
		assertThat(desktop.shell("ps -eo uid=").lines().map(String::strip).distinct()).containsExactly("1000");
		assertThat(desktop.shell("grep -h ^Cap /proc/1/status | cut -f 2").lines().distinct())
			.containsExactly("0000000000000000");
		List<String> places = desktop.shell("cat /proc/net/tcp /proc/net/tcp6 | awk '$4 == \"0A\" {print $2}'")
			.lines()
			.toList();
		assertThat(places).filteredOn((place) -> !place.matches("[0-9A-F]{6}7F:.*")).containsExactly("00000000:0050");
		assertThat(places).contains("0100007F:" + Integer.toHexString(5901).toUpperCase(Locale.ROOT));
	}

	@Test
	void chineseHasAFontAndSharedMemoryIsAsLargeAsTheTypeSays() {
		assertThat(browser.shell("fc-match sans:lang=zh-cn family")).contains("WenQuanYi");
		assertThat(browser.shell("fc-list ':charset=4f60 597d' family").strip()).isNotEmpty();
		assertThat(browser.shell("findmnt -bnr -o size -T /dev/shm").strip()).isEqualTo(Long.toString(1L << 30));
		assertThat(browser.shell("ps -eo args")).doesNotContain("--disable-dev-shm-usage");
	}

	@Test
	void theScreenIsWatchedThroughTheServersDesktop() throws Exception {
		try (VncScreen screen = VncScreen.open(browser.desktopSocket(), Map.of(), browser.token());
				CdpPage page = browser.open("data:text/html,<body style='background:%23ff0000'>")) {
			assertThat(screen.width()).isEqualTo(WIDTH);
			assertThat(screen.height()).isEqualTo(HEIGHT);
			Await.until("the page is to be seen", LIMIT, () -> screen.picture()[PLACE], (colour) -> colour == RED);
			assertThat(Arrays.stream(screen.picture()).distinct().count()).as("colours").isGreaterThan(10);
			page.call("Page.navigate", Map.of("url", "data:text/html,<body style='background:%230000ff'>"));
			Await.until("the change is to be seen", LIMIT, () -> screen.picture()[PLACE], (colour) -> colour == 0xff);
		}
	}

	@Test
	void theDesktopIsClosedToThoseWithoutItsPasswordAndTheScreenToo() {
		URI open = URI.create(browser.desktopSocket().toString().replaceAll("\\?.*", ""));
		assertThatExceptionOfType(CompletionException.class)
			.isThrownBy(() -> VncScreen.open(open, Map.of(), browser.token()));
		assertThatExceptionOfType(VncScreen.Refused.class)
			.isThrownBy(() -> VncScreen.open(browser.desktopSocket(), Map.of(), "00000000"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "vnc_lite.html", "vnc_relay.html" })
	void thePagesOfTheViewerShowTheScreen(String name) throws Exception {
		HttpRequest request = HttpRequest
			.newBuilder(
					running().address().resolve("/desktop/" + gui.name() + "/vnc/" + name + "?password=" + gui.token()))
			.build();
		HttpResponse<String> answer = running().api().send(request, BodyHandlers.ofString());
		assertThat(answer.statusCode()).isEqualTo(200);
		assertThat(answer.body()).contains("viewer.js");
		try (CdpPage page = browser.open("http://localhost/vnc/" + name + "?view_only=1&password=" + browser.token())) {
			Await.until("the viewer is connected", LIMIT,
					() -> page.evaluate("document.documentElement.dataset.state + document.title"),
					(state) -> state.equals("connectedSandbox"));
			assertThat(page.evaluate("document.querySelector('canvas').width")).isEqualTo(Integer.toString(WIDTH));
		}
	}

	@Test
	void theComputerToolSeesTheDesktopAndUsesIt() throws Exception {
		JsonNode tools = Api.data(running().api().call("/list_tools", Map.of("identity", gui.name())));
		assertThat(tools.path("computer").has("computer")).as(tools.toString()).isTrue();
		gui.computer(Map.of("action", "mouse_move", "coordinate", List.of(400, 300)));
		assertThat(gui.computer(Map.of("action", "get_cursor_position")).path(0).path("text").asString())
			.isEqualTo("{\"x\": 400, \"y\": 300}");
		Await.until("the icons are there", LIMIT, gui::screenshot,
				(picture) -> Stream.iterate(0, (y) -> y < HEIGHT, (y) -> y + 1)
					.map((y) -> picture.getRGB(60, y))
					.distinct()
					.count() > 10);
		gui.computer(Map.of("action", "double_click", "coordinate", List.of(60, 345)));
		Await.until("the terminal is there", LIMIT, () -> gui.shell("pgrep -c lxterminal || true").strip(),
				(count) -> !count.equals("0"));
		Await.until("what is typed arrives", LIMIT, () -> {
			gui.computer(Map.of("action", "type", "text", "echo 你好 >/workspace/said\n"));
			return gui.shell("cat /workspace/said 2>/dev/null; true").strip();
		}, "你好"::equals);
	}

	@Test
	void aResetWipesTheProfileAndBringsTheBrowserBack() throws Exception {
		Desktop used = Desktop.create(running(), "browser");
		used.shell("touch ~/.browser/mark; date >/workspace/file");
		HttpResponse<String> reset = used.send("POST", "/reset");
		assertThat(reset.body()).contains("\"restored\":true");
		assertThat(used.get("/healthz").statusCode()).isEqualTo(200);
		assertThat(used.shell("ls ~/.browser/mark /workspace/file 2>&1; true")).contains("mark': No such file")
			.contains("file': No such file");
		used.release();
	}

	@TestFactory
	Stream<DynamicTest> theWiresDesktopAndProxyAreThoseOfARealDesktop() {
		return Kit
			.agentScopeWire(running(), "--type", "gui", "--strict", "--no-cleanup", "--only", "desktop*", "--only",
					"proxy*")
			.tests();
	}

	@Test
	void anAndroidDeviceIsRefusedWithAllThatTheHostLacksAndNothingIsPulled() {
		HttpResponse<String> answer = running().api().call("/create", Map.of("sandbox_type", "mobile"));
		assertThat(answer.body()).isEqualTo("{\"data\":null}");
		assertThat(answer.headers().firstValue(Api.ERROR_HEADER)).get(InstanceOfAssertFactories.STRING)
			.contains("this host cannot run Android")
			.contains("ALLOW_PRIVILEGED=True")
			.doesNotContain("runtime-sandbox-mobile");
	}

	private static ServerProcess running() {
		if (server == null) {
			throw new IllegalStateException("the server was not started");
		}
		return server;
	}

	private static Desktop desktop(String type) {
		return type.equals("gui") ? gui : browser;
	}

	/**
	 * A sandbox with a screen.
	 *
	 * @param agent where its agent answers
	 * @param token opens the agent, and the screen
	 */
	private record Desktop(ServerProcess server, String name, URI agent, String token) {

		static Desktop create(ServerProcess server, String type) {
			String name = Api.data(server.api().call("/create", Map.of("sandbox_type", type))).asString();
			JsonNode info = server.api().info(name);
			return new Desktop(server, name, URI.create(info.path("url").asString() + "/"),
					info.path("runtime_token").asString());
		}

		URI desktopSocket() {
			return URI.create("ws://" + this.server.address().getAuthority() + "/desktop/" + this.name + "?password="
					+ this.token);
		}

		HttpResponse<String> get(String path) {
			return send("GET", path);
		}

		HttpResponse<String> send(String method, String path) {
			HttpRequest request = HttpRequest.newBuilder(this.agent.resolve("/fastapi" + path))
				.header("Authorization", "Bearer " + this.token)
				.timeout(Duration.ofMinutes(1))
				.method(method, HttpRequest.BodyPublishers.noBody())
				.build();
			return this.server.api().send(request, BodyHandlers.ofString());
		}

		CdpPage open(String page) throws Exception {
			return CdpPage.open(this.agent.resolve("/ports/9222/"), "Bearer " + this.token, page);
		}

		String shell(String command) {
			return this.server.api().shell(this.name, command);
		}

		JsonNode computer(Map<String, ?> arguments) {
			JsonNode result = Api.data(this.server.api()
				.call("/call_tool", Map.of("identity", this.name, "tool_name", "computer", "arguments", arguments)));
			assertThat(result.path("isError").asBoolean(true)).as(result.toString()).isFalse();
			return result.path("content");
		}

		BufferedImage screenshot() {
			byte[] png = Base64.getDecoder()
				.decode(computer(Map.of("action", "get_screenshot")).path(1).path("data").asString());
			try {
				BufferedImage picture = ImageIO.read(new ByteArrayInputStream(png));
				assertThat(picture.getWidth()).isEqualTo(WIDTH);
				assertThat(picture.getHeight()).isEqualTo(HEIGHT);
				return picture;
			}
			catch (IOException ex) {
				throw new UncheckedIOException(ex);
			}
		}

		void release() {
			this.server.api().release(this.name);
		}

	}

}
