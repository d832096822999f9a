package io.sandboxmanager.system;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.DynamicTest;

/**
 * A run of one of the kits that check a server from outside, as tests: one for each case.
 * A case that the kit has skipped is no test if it needs an option that the run does not
 * have; any other is a failure.
 */
final class Kit {

	private static final Duration LIMIT = Duration.ofMinutes(15);

	private static final Pattern LINE = Pattern.compile("(PASS|FAIL|SKIP) ([a-z0-9_]+)(?:: (.*))?");

	private static final Pattern SUMMARY = Pattern.compile("\\d+ passed, \\d+ failed, \\d+ skipped");

	private static final Pattern NEEDED_OPTION = Pattern.compile("needs (--[a-z-]+)\\b.*");

	/** Skips that an option of the run brings about, though it does not lack one. */
	private static final Map<String, String> CAUSED_BY_OPTION = Map.of("the server has a token", "--token",
			"the proxy authorises by itself", "--via-proxy");

	private final CommandResult result;

	private final List<String> options;

	private Kit(CommandResult result, List<String> options) {
		this.result = result;
		this.options = options;
	}

	/** Runs {@code agentscope_wire.py} against a server. */
	static Kit agentScopeWire(ServerProcess server, String... options) {
		return agentScopeWire(server.address(), server.token(), options);
	}

	/** Runs {@code agentscope_wire.py} against whatever answers at an address. */
	static Kit agentScopeWire(URI address, @Nullable String token, String... options) {
		return run("python3", Path.of("src", "test", "conformance", "agentscope_wire.py"), address.toString(), token,
				options);
	}

	/** Runs {@code agent_wire.py} against a sandbox. */
	static Kit agentWire(String address, String token, String... options) {
		return run("python3", Path.of("src", "test", "conformance", "agent_wire.py"), address, token, options);
	}

	/** Runs AgentScope's own client against a server. */
	static Kit pythonClient(ServerProcess server, String... options) {
		return run("bash", Path.of("src", "test", "client", "run"), server.address().toString(), server.token(),
				options);
	}

	/** Runs {@code browser_clients.py} against a server. */
	static Kit browserClients(ServerProcess server, String... options) {
		return run("python3", Path.of("src", "test", "client", "browser_clients.py"), server.address().toString(),
				server.token(), options);
	}

	private static Kit run(String interpreter, Path script, String address, @Nullable String token, String... options) {
		List<String> command = new ArrayList<>(List.of(interpreter, script.toString(), "--base-url", address));
		if (token != null) {
			command.addAll(List.of("--token", token));
		}
		command.addAll(List.of(options));
		return new Kit(CommandResult.of(LIMIT, command.toArray(String[]::new)), command);
	}

	/** Whether all went well. */
	boolean passed() {
		return this.result.exitCode() == 0;
	}

	/** One test for each case, and one for the run as a whole. */
	Stream<DynamicTest> tests() {
		Stream<DynamicTest> cases = this.result.output()
			.lines()
			.map(LINE::matcher)
			.filter(Matcher::matches)
			.filter((line) -> !isExpectedSkip(line))
			.map((line) -> DynamicTest.dynamicTest(line.group(2), () -> judge(line)));
		return Stream.concat(cases, Stream.of(DynamicTest.dynamicTest("the run has come to its end", this::judgeRun)));
	}

	private boolean isExpectedSkip(Matcher line) {
		if (!line.group(1).equals("SKIP")) {
			return false;
		}
		String reason = Objects.requireNonNullElse(line.group(3), "");
		Matcher needed = NEEDED_OPTION.matcher(reason);
		return needed.matches() ? !this.options.contains(needed.group(1))
				: this.options.contains(CAUSED_BY_OPTION.getOrDefault(reason, "none"));
	}

	private static void judge(Matcher line) {
		if (!line.group(1).equals("PASS")) {
			Assertions.fail(line.group());
		}
	}

	private void judgeRun() {
		List<String> lines = this.result.output().lines().toList();
		boolean ended = !lines.isEmpty() && SUMMARY.matcher(lines.get(lines.size() - 1)).matches();
		boolean any = lines.stream().anyMatch((line) -> line.startsWith("PASS "));
		if (!ended || !any) {
			Assertions.fail(String.join(" ", this.options) + " ended with code " + this.result.exitCode() + ": "
					+ this.result.output());
		}
	}

}
