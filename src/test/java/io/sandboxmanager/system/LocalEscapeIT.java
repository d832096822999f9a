package io.sandboxmanager.system;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Attempts to get out of a sandbox that is a process of this machine. */
class LocalEscapeIT extends AbstractEscapeIT {

	@Override
	protected String backend() {
		return "local";
	}

	@Test
	void eachSandboxHasAUserOfItsOwn() {
		String user = attack("id -u").strip();
		String other = this.server.api().shell(this.server.api().create(), "id -u").strip();
		assertThat(user).isNotEqualTo(other).isNotIn("0", "1000");
	}

	@Test
	void thereIsNoNetwork() {
		assertThat(attack("cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d ' '")).isEqualTo("lo\n");
		assertThat(attackWithPython("""
				import socket
				for address in ("169.254.169.254", "10.0.0.1", "192.0.2.1"):
				    try:
				        socket.create_connection((address, 80), 1)
				        print("connected to", address)
				    except OSError:
				        pass
				print("end")
				""")).isEqualTo("end\n");
	}

	@Test
	void socketsOfAgentsAreNowhereToBeSeen() {
		assertThat(attack("find / -type s 2>/dev/null; ls -A /run; echo end")).isEqualTo("end\n");
	}

	@Test
	void systemIsReadOnly() {
		assertThat(attack("for f in /usr/x /etc/x /opt/sandbox-agent/x /x /usr/bin/python3 /etc/passwd; do "
				+ "(echo x >> $f) 2>/dev/null && echo wrote $f; done; echo end"))
			.isEqualTo("end\n");
	}

	@Test
	void temporaryFoldersHaveAnEnd() {
		assertThat(attack("head -c 1G /dev/zero > /tmp/f 2>/dev/null || echo full; rm -f /tmp/f; "
				+ "head -c 1G /dev/zero > /dev/shm/f 2>/dev/null || echo full; rm -f /dev/shm/f"))
			.isEqualTo("full\nfull\n");
	}

	@Test
	void nothingOutlivesAServerThatIsKilled() throws IOException {
		attack("setsid sleep 987655 >/dev/null 2>&1 </dev/null &");
		this.server.kill();
		Await.until("its sandboxes are gone", Duration.ofSeconds(10), LocalEscapeIT::processes,
				(found) -> found.stream().noneMatch((command) -> command.contains("987655")));
		this.server.start();
		beginAgain();
	}

	private static List<String> processes() {
		try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
			List<String> commands = new ArrayList<>();
			for (Path process : entries) {
				Path command = process.resolve("cmdline");
				commands.add(Files.isReadable(command) ? read(command) : "");
			}
			return commands;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String read(Path file) {
		try {
			return Files.readString(file).replace('\0', ' ');
		}
		catch (IOException ex) {
			return "";
		}
	}

}
