package io.sandboxmanager.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/** The session in the README is what a newcomer sees. */
class FirstStepsIT {

	private static final String TOKEN = "my-secret-token-1234";

	private static final Pattern SESSION = Pattern.compile("<!-- first-steps -->\\R```console\\R(.*?)```",
			Pattern.DOTALL);

	@RegisterExtension
	static final Servers servers = Servers.forEachTest();

	@Test
	void theCommandsOfTheReadmeGiveTheOutputOfTheReadme() throws Exception {
		ServerProcess server = servers.server("BEARER_TOKEN", TOKEN).start();
		List<String> commands = new ArrayList<>();
		List<String> output = new ArrayList<>();
		session().lines().forEach((line) -> {
			if (line.startsWith("$ ")) {
				commands.add(line.substring(2) + "; echo");
			}
			else {
				output.add(line);
			}
		});
		String script = String.join("\n", commands).replace("localhost:8000", server.address().getAuthority());
		assertThat(run(script)).containsExactlyElementsOf(output);
	}

	private static String session() throws IOException {
		Matcher session = SESSION.matcher(Files.readString(Path.of("README.md")));
		assertThat(session.find()).as("README.md has a session marked first-steps").isTrue();
		return session.group(1);
	}

	/** What a shell prints, without the empty lines that separate the answers. */
	private static List<String> run(String script) {
		CommandResult session = CommandResult.of("bash", "-c", script);
		assertThat(session.exitCode()).as(session.output()).isZero();
		return session.output().lines().filter((line) -> !line.isEmpty()).toList();
	}

}
