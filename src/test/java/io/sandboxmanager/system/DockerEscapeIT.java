package io.sandboxmanager.system;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/** Attempts to get out of a Docker sandbox. */
class DockerEscapeIT extends AbstractEscapeIT {

	/** A place of its own among link-local addresses, so as to disturb nobody. */
	private static final String METADATA = "169.254.77.1";

	@Override
	protected String backend() {
		return "docker";
	}

	@Test
	void behindTheFirewallNeitherTheHostNorLinkLocalAddressesAnswer() throws Exception {
		String host = attack("awk '$2 == \"00000000\" {print $3}' /proc/net/route | head -1").strip();
		assertThat(host).hasSize(8);
		run("ip", "address", "add", METADATA + "/32", "dev", "lo");
		Process service = new ProcessBuilder("python3", "-m", "http.server", "0", "--bind", "0.0.0.0")
			.redirectErrorStream(true)
			.start();
		try {
			String port = service.inputReader().readLine().replaceFirst(".* port (\\d+) .*", "$1");
			assertThat(reached(host, port)).isEqualTo("gateway metadata end\n");
			run("bin/firewall");
			run("bin/firewall");
			assertThat(reached(host, port)).isEqualTo("end\n");
		}
		finally {
			run("bin/firewall", "--remove");
			service.destroyForcibly();
			run("ip", "address", "del", METADATA + "/32", "dev", "lo");
		}
	}

	private String reached(String gateway, String port) {
		return attackWithPython("""
				import socket, struct
				gateway = socket.inet_ntoa(struct.pack("<L", int("%s", 16)))
				for name, address in (("gateway", gateway), ("metadata", "%s")):
				    try:
				        socket.create_connection((address, %s), 2)
				        print(name, end=" ")
				    except OSError:
				        pass
				print("end")
				""".formatted(gateway, METADATA, port));
	}

	private static void run(String... command) {
		CommandResult result = CommandResult.of(command);
		assertThat(result.exitCode()).as(result.output()).isZero();
	}

}
