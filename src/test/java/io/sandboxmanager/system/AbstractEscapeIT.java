package io.sandboxmanager.system;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What hostile code in a sandbox tries first, on one backend. There are always two
 * sandboxes: one attacks, the other holds what it is after and must stay well.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
abstract class AbstractEscapeIT {

	private static final String TOKEN = "a-token-nobody-inside-may-see";

	private static final String SECRET = "the-secret-of-the-victim";

	private static final String TYPES = """
			types:
			  base:
			    image: runtime-sandbox-base
			    resources: { memory: 256Mi, cpus: 1, pids: 64 }
			""";

	@RegisterExtension
	static final Servers servers = Servers.forAllTests();

	private static @Nullable ServerProcess started;

	protected ServerProcess server;

	protected String attacker;

	private String victim;

	/** The value of {@code CONTAINER_DEPLOYMENT}. */
	protected abstract String backend();

	@BeforeEach
	void begin() throws IOException {
		this.server = (started != null) ? started : start();
		started = this.server;
		beginAgain();
	}

	private ServerProcess start() throws IOException {
		ServerProcess server = servers.server("CONTAINER_DEPLOYMENT", backend(), "BEARER_TOKEN", TOKEN, "POOL_SIZE",
				"0", "SANDBOX_TYPES", "types.yaml");
		Files.writeString(server.folder().resolve("types.yaml"), TYPES);
		return server.start();
	}

	/** Makes both sandboxes. */
	protected final void beginAgain() {
		this.attacker = this.server.api().create();
		this.victim = this.server.api().create();
		this.server.api()
			.shell(this.victim, "echo " + SECRET + " > secret.txt; MARK=" + SECRET
					+ " setsid sleep 987654 >/dev/null 2>&1 </dev/null & echo");
	}

	@AfterAll
	static void end() {
		started = null;
	}

	@AfterEach
	void serverAndVictimAreWell() {
		assertThat(this.server.api().isHealthy()).isTrue();
		assertThat(this.server.api().shell(this.victim, "cat secret.txt; pgrep -x -c sleep"))
			.isEqualTo(SECRET + "\n1\n");
		assertThat(this.server.log()).doesNotContain(" ERROR ", "\tat ");
		this.server.api().release(this.attacker);
		this.server.api().release(this.victim);
	}

	protected final String attack(String command) {
		return this.server.api().shell(this.attacker, command);
	}

	/** Runs a Python program of the attacker's, which prints what it achieved. */
	protected final String attackWithPython(String program) {
		return attack("python3 - <<'END' 2>&1\n" + program + "\nEND\n");
	}

	@Test
	void filesOfAnotherSandboxCannotBeFound() {
		String folder = this.server.api().info(this.victim).path("mount_dir").asString();
		assertThat(Path.of(folder, "secret.txt")).exists();
		assertThat(attack("cat " + folder + "/secret.txt 2>&1")).doesNotContain(SECRET);
		assertThat(attack("ls " + folder + " >/dev/null 2>&1 && echo seen; echo end")).isEqualTo("end\n");
		assertThat(attack("find / -xdev -name secret.txt 2>/dev/null; find / -path /proc -prune -o -name secret.txt "
				+ "-print 2>/dev/null; echo end"))
			.isEqualTo("end\n");
	}

	@Test
	void processesAndEnvironmentsOfOthersCannotBeSeen() {
		String token = this.server.api().info(this.victim).path("runtime_token").asString();
		String found = attack("for p in /proc/[0-9]*; do cat $p/environ $p/cmdline 2>/dev/null | tr '\\0' '\\n'; done");
		assertThat(found).doesNotContain(SECRET, "987654", token, TOKEN);
	}

	@Test
	void ownTokenCannotBeReadByWhatRunsInside() {
		String token = this.server.api().info(this.attacker).path("runtime_token").asString();
		assertThat(
				attack("env; for p in /proc/[0-9]*; do cat $p/environ $p/cmdline 2>/dev/null | tr '\\0' '\\n'; done"))
			.contains("PATH=")
			.doesNotContain(token);
		String halves = "t=" + token.substring(0, 16) + "; t=${t}" + token.substring(16) + "; ";
		assertThat(attack(halves + "grep -rslF --devices=skip $t /tmp /run /etc /opt /workspace /home; echo end"))
			.isEqualTo("end\n");
	}

	@Test
	void filesOfTheServerCannotBeRead() throws IOException {
		Path folder = this.server.folder();
		Files.writeString(folder.resolve(".env"), "BEARER_TOKEN=" + TOKEN + "\n");
		List<Path> wanted = List.of(folder.resolve(".env"), folder.resolve("server.log"), folder.resolve("state"),
				Path.of("/root"), Path.of("/var/run/docker.sock"), Path.of("/run/docker.sock"), Path.of("/etc/shadow"));
		for (Path path : wanted) {
			assertThat(attack("head -c 100 " + path + " >/dev/null 2>&1 && echo read; ls " + path
					+ "/* >/dev/null 2>&1 && echo listed; echo end"))
				.as("%s", path)
				.isEqualTo("end\n");
		}
	}

	@Test
	void signalsReachNothingOutside() {
		attack("for p in $(seq 2 400) " + this.server.pid() + "; do kill -0 $p 2>/dev/null; done; kill -9 "
				+ this.server.pid() + " 2>/dev/null; echo");
		assertThat(this.server.isAlive()).isTrue();
		assertThat(attack("kill -9 " + this.server.pid() + " 2>&1; echo")).containsIgnoringCase("no such process");
	}

	@Test
	void nothingCanBeMounted() {
		String program = """
				import ctypes, os
				libc = ctypes.CDLL(None, use_errno=True)
				os.makedirs("/tmp/m", exist_ok=True)
				for what, result in (
				    ("mount", libc.mount(b"none", b"/tmp/m", b"tmpfs", 0, None)),
				    ("bind", libc.mount(b"/etc", b"/tmp/m", None, 4096, None)),
				    ("remount", libc.mount(None, b"/", None, 32, None)),
				    ("umount", libc.umount2(b"/proc", 2)),
				    ("user namespace", libc.unshare(0x10000000)),
				    ("mount namespace", libc.unshare(0x00020000)),
				    ("join namespace", libc.setns(os.open("/proc/1/ns/pid", os.O_RDONLY)
				                                  if os.access("/proc/1/ns/pid", os.R_OK) else -1, 0)),
				    ("chroot", libc.chroot(b"/tmp/m")),
				):
				    if result == 0:
				        print("done:", what)
				print("end")
				""";
		assertThat(attackWithPython(program)).isEqualTo("end\n");
	}

	@Test
	void kernelInterfacesAreReadOnlyOrAbsent() {
		assertThat(attack("for f in /proc/sys/kernel/core_pattern /proc/sysrq-trigger /sys/kernel/uevent_helper "
				+ "/proc/sys/vm/panic_on_oom /sys/fs/cgroup/release_agent /sys/fs/cgroup/*/release_agent; do "
				+ "(echo x > $f) 2>/dev/null && echo wrote $f; done; cat /proc/kcore /dev/mem 2>/dev/null | head -c 1; "
				+ "mknod /tmp/disk b 8 0 2>/dev/null && echo made a device; echo end"))
			.isEqualTo("end\n");
	}

	@Test
	void nobodyInsideCanBecomeRoot() {
		assertThat(attack("id -u")).isNotEqualTo("0\n");
		assertThat(attack("grep -E '^(CapEff|CapBnd|CapAmb|NoNewPrivs)' /proc/self/status"))
			.contains("CapEff:\t0000000000000000", "CapAmb:\t0000000000000000", "NoNewPrivs:\t1")
			.contains("CapBnd:\t0000000000000000");
		assertThat(attackWithPython("""
				import os
				for call in (os.setuid, os.setgid):
				    try:
				        call(0)
				        print("root")
				    except OSError:
				        pass
				print("end")
				""")).isEqualTo("end\n");
	}

	@Test
	void rawSocketsAreRefused() {
		assertThat(attackWithPython("""
				import socket
				for name, arguments in (
				    ("raw", (socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)),
				    ("raw 6", (socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)),
				    ("packet", (socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))),
				    ("cooked", (socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))),
				):
				    try:
				        socket.socket(*arguments)
				        print("opened", name)
				    except OSError:
				        pass
				print("end")
				""")).isEqualTo("end\n");
	}

	@Test
	void serverCannotBeReachedFromInside() {
		int port = this.server.address().getPort();
		assertThat(attackWithPython("""
				import socket, struct
				hosts = {"127.0.0.1", "::1", "host.docker.internal", "172.17.0.1"}
				try:
				    for line in open("/proc/net/route").read().splitlines()[1:]:
				        gateway = int(line.split()[2], 16)
				        if gateway:
				            hosts.add(socket.inet_ntoa(struct.pack("<L", gateway)))
				except OSError:
				    pass
				for host in hosts:
				    try:
				        socket.create_connection((host, %d), 2)
				        print("connected to", host)
				    except OSError:
				        pass
				print("end")
				""".formatted(port))).isEqualTo("end\n");
	}

	@Test
	void memoryHogIsEndedAlone() {
		String said = attack(
				"python3 -c 'x = bytearray(2 << 30); x[::4096] = b\"1\" * len(x[::4096])' 2>&1; " + "echo code $?");
		assertThat(said).doesNotContain("code 0\n").contains("code ");
		assertThat(attack("echo still here")).isEqualTo("still here\n");
	}

	@Test
	void forkBombMeetsTheLimit() {
		String made = attackWithPython("""
				import os, signal, time
				children = []
				try:
				    while len(children) < 5000:
				        child = os.fork()
				        if child == 0:
				            time.sleep(60)
				            os._exit(0)
				        children.append(child)
				except OSError:
				    pass
				for child in children:
				    os.kill(child, signal.SIGKILL)
				print(len(children))
				""");
		assertThat(Integer.parseInt(made.strip())).isBetween(1, 63);
		assertThat(attack("echo still here")).isEqualTo("still here\n");
	}

}
