package io.sandboxmanager.backend.docker;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import io.sandboxmanager.backend.ContainerHandle;
import io.sandboxmanager.backend.ContainerRefusedException;
import io.sandboxmanager.backend.ContainerSpec.Mount;
import io.sandboxmanager.backend.ImageDetails;
import io.sandboxmanager.sandbox.IsolationProfile;
import io.sandboxmanager.sandbox.Resources;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** What a sandbox may use, see and do, asked from inside and of the engine itself. */
class DockerIsolationIT extends AbstractDockerIT {

	private static final long MIB = 1 << 20;

	private static final String CONNECT = """
			python3 -c "
			import socket
			s = socket.socket()
			s.settimeout(2)
			print('open' if s.connect_ex(('%s', 80)) == 0 else 'closed')"
			""";

	@TempDir
	private Path folder;

	private final DockerBackend backend = connect(properties());

	@Test
	void limitsAreVisibleInside() {
		Resources resources = new Resources(64 * MIB, 0.5, 50, 16 * MIB, 0);
		ContainerHandle handle = this.backend.start(spec(IMAGE, resources, IsolationProfile.COMPATIBLE));
		assertThat(exec(handle, "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null "
				+ "| head -n 1"))
			.isEqualTo(String.valueOf(64 * MIB));
		assertThat(exec(handle, "cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids/pids.max 2>/dev/null | head -n 1"))
			.isEqualTo("50");
		assertThat(exec(handle, "df -B1 --output=size /dev/shm | tail -n 1")).isEqualTo(String.valueOf(16 * MIB));
		assertThat(inspect(handle, "{{.HostConfig.NanoCpus}} {{.HostConfig.MemorySwap}}"))
			.isEqualTo("500000000 " + 64 * MIB);
	}

	@Test
	void whatContainersWriteIntoThemselvesIsKnown() {
		ContainerHandle writer = this.backend.start(spec());
		ContainerHandle other = this.backend.start(spec());
		exec(writer, "head -c 5M /dev/zero > /tmp/file; sync");
		Map<String, Long> written = this.backend.writtenBytes(labels());
		assertThat(written).containsOnlyKeys(writer.ref(), other.ref());
		assertThat(written.get(writer.ref())).isGreaterThanOrEqualTo(5 * MIB);
		assertThat(written.get(other.ref())).isLessThan(MIB);
		assertThat(this.backend.storage()).isNotEmpty().allSatisfy((folder) -> assertThat(folder).isDirectory());
	}

	@Test
	void moreProcessorsThanThereAreIsNoError() {
		Resources resources = new Resources(64 * MIB, 10_000, 50, null, 0);
		ContainerHandle handle = this.backend.start(spec(IMAGE, resources, IsolationProfile.COMPATIBLE));
		assertThat(Long.parseLong(inspect(handle, "{{.HostConfig.NanoCpus}}")))
			.isEqualTo(Long.parseLong(DockerCli.run("info", "--format", "{{.NCPU}}")) * 1_000_000_000L);
	}

	@Test
	void theCompatibleProfileIsTheEnginesDefaultWithoutRawSockets() {
		ContainerHandle handle = this.backend.start(spec());
		assertThat(inspect(handle,
				"{{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}} {{.HostConfig.Privileged}} "
						+ "{{.HostConfig.LogConfig.Type}} {{.HostConfig.LogConfig.Config}} " + "{{.HostConfig.Init}}"))
			.isIn("[NET_RAW] [] false json-file map[max-file:1 max-size:10m] false",
					"[CAP_NET_RAW] [] false json-file map[max-file:1 max-size:10m] false");
		assertThat(inspect(handle, "{{.HostConfig.RestartPolicy.Name}}")).isIn("", "no");
		long capabilities = capabilities(handle);
		assertThat(capabilities & (1L << 13)).as("NET_RAW").isZero();
		assertThat(capabilities & (1L << 0)).as("CHOWN").isNotZero();
		assertThat(capabilities & (1L << 21)).as("SYS_ADMIN").isZero();
	}

	@ParameterizedTest
	@CsvSource({ "STRICT, ''", "AUTO, io.sandboxmanager.profile=strict" })
	void theStrictProfileLeavesNothingToBecomeRootWith(IsolationProfile profile, String label) {
		String image = build("FROM " + IMAGE, label.isEmpty() ? "" : "LABEL " + label, "USER 1000:1000");
		ContainerHandle handle = this.backend.start(spec(image, SMALL, profile));
		assertThat(capabilities(handle)).isZero();
		assertThat(exec(handle, "grep NoNewPrivs /proc/1/status")).isEqualTo("NoNewPrivs:\t1");
		assertThat(exec(handle, "id -u")).isEqualTo("1000");
		assertThat(inspect(handle, "{{.HostConfig.CapDrop}}")).isEqualTo("[ALL]");
		awaitPort(handle.endpoint());
	}

	@Test
	void onlyAStrictImageThatSaysSoMakesUserNamespaces() {
		String label = "LABEL " + DockerImage.USER_NAMESPACES_LABEL + "=true";
		String plain = build("FROM " + IMAGE, "USER 1000:1000");
		String labelled = build("FROM " + IMAGE, label, "USER 1000:1000");
		assertThat(namespaces(plain, IsolationProfile.STRICT)).isEqualTo("refused");
		assertThat(namespaces(labelled, IsolationProfile.COMPATIBLE)).isEqualTo("refused");
		assertThat(namespaces(labelled, IsolationProfile.STRICT)).isEqualTo("0");
	}

	private String namespaces(String image, IsolationProfile profile) {
		ContainerHandle handle = this.backend.start(spec(image, SMALL, profile));
		awaitPort(handle.endpoint());
		assertThat(exec(handle, "unshare -Ur mount -t tmpfs none /mnt 2>&1 || true")).containsAnyOf("denied",
				"not permitted");
		return exec(handle, "unshare -Ur id -u 2>/dev/null || echo refused");
	}

	@Test
	void withoutALabelAutomaticIsCompatible() {
		ContainerHandle handle = this.backend.start(spec(IMAGE, SMALL, IsolationProfile.AUTO));
		assertThat(capabilities(handle)).isNotZero();
	}

	@ParameterizedTest
	@ValueSource(strings = { "USER root", "USER 0:1000", "RUN useradd -o -u 0 toor\nUSER toor" })
	void theStrictProfileRefusesRoot(String user) {
		String image = build("FROM " + IMAGE, user);
		assertThatExceptionOfType(ContainerRefusedException.class)
			.isThrownBy(() -> this.backend.start(spec(image, SMALL, IsolationProfile.STRICT)))
			.withMessageContaining(image)
			.withMessageContaining("root");
		assertThat(leftovers()).isEmpty();
	}

	private static long capabilities(ContainerHandle handle) {
		return Long.parseLong(exec(handle, "sed -n 's/^CapEff:\\t//p' /proc/1/status"), 16);
	}

	@Test
	void sandboxesDoNotReachEachOther() {
		ContainerHandle one = this.backend.start(spec());
		ContainerHandle two = this.backend.start(spec());
		awaitPort(two.endpoint());
		String address = inspect(two, "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}");
		assertThat(exec(one, CONNECT.formatted(address))).isEqualTo("closed");
		assertThat(exec(two, CONNECT.formatted(address))).isEqualTo("open");
		assertThat(inspect(one, "{{.HostConfig.NetworkMode}}"))
			.isEqualTo(DockerCli.run("network", "inspect", "--format", "{{.Id}}", "sandbox-manager-it"));
		assertThat(DockerCli.run("network", "inspect", "--format",
				"{{.Driver}} {{index .Options \"com.docker.network.bridge.enable_icc\"}}", "sandbox-manager-it"))
			.isEqualTo("bridge false");
	}

	@ParameterizedTest
	@ValueSource(strings = { "host", "none", "container:abc" })
	void otherNetworksThanTheirOwnAreRefused(String network) {
		DockerBackend wrong = connect(new DockerProperties(null, network, List.of(), "127.0.0.1", null, null, false,
				Duration.ofSeconds(30), Duration.ofMinutes(1)));
		assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(wrong::engineId)
			.withMessageContaining(network);
	}

	@Test
	void portsArePublishedOnTheLoopbackAddressOnly() {
		ContainerHandle handle = this.backend.start(spec());
		assertThat(inspect(handle,
				"{{range $p, $b := .NetworkSettings.Ports}}{{$p}}{{range $b}} {{.HostIp}}{{end}}{{end}}"))
			.isEqualTo("80/tcp 127.0.0.1");
		assertThat(handle.endpoint().url().getHost()).isEqualTo("127.0.0.1");
	}

	@Test
	void theEnginesSocketIsNeverMounted() throws Exception {
		Path link = Files.createSymbolicLink(this.folder.resolve("link"), Path.of("/var/run/docker.sock"));
		Path parent = Files.createSymbolicLink(this.folder.resolve("parent"), Path.of("/var/run"));
		for (String source : List.of("/var/run/docker.sock", "/run/docker.sock", "/run", "/var/run", "/", "/tmp/../run",
				link.toString(), parent.toString())) {
			for (boolean onHost : List.of(true, false)) {
				assertThatExceptionOfType(ContainerRefusedException.class).as(source)
					.isThrownBy(() -> this.backend
						.start(spec(IMAGE, SMALL, IsolationProfile.COMPATIBLE, new Mount(source, "/x", true, onHost))))
					.withMessageContaining("socket");
			}
		}
		assertThat(leftovers()).isEmpty();
	}

	@Test
	void aFolderCanBeAskedAboutBeforehand() {
		assertThatCode(() -> this.backend.requireMountable(this.folder)).doesNotThrowAnyException();
		assertThatExceptionOfType(ContainerRefusedException.class)
			.isThrownBy(() -> this.backend.requireMountable(Path.of("/run")));
	}

	@Test
	void foldersAreMountedAsTheyAreAskedFor() throws Exception {
		Path workspace = Files.createDirectory(this.folder.resolve("a folder, with: odd=signs"));
		Path data = Files.createDirectory(this.folder.resolve("data"));
		Files.writeString(data.resolve("fact"), "42");
		ContainerHandle handle = this.backend.start(spec(IMAGE, SMALL, IsolationProfile.COMPATIBLE,
				new Mount(workspace.toString(), "/workspace", false), new Mount(data.toString(), "/data", true)));
		exec(handle, "cp /data/fact /workspace/copy");
		assertThat(workspace.resolve("copy")).hasContent("42");
		assertThat(exec(handle, "touch /data/new 2>/dev/null || echo refused")).isEqualTo("refused");
	}

	@Test
	void aFolderThatIsNotThereIsRefusedAndNotMade() {
		Path absent = this.folder.resolve("absent");
		assertThatExceptionOfType(ContainerRefusedException.class)
			.isThrownBy(() -> this.backend.start(
					spec(IMAGE, SMALL, IsolationProfile.COMPATIBLE, new Mount(absent.toString(), "/workspace", false))))
			.withMessageContaining(absent.toString());
		assertThat(absent).doesNotExist();
		assertThat(leftovers()).isEmpty();
	}

	@Test
	void whatAKilledServerHasLeftOfALookIntoAnImageIsRemoved() {
		String left = DockerCli.run("create", "--label", ImageUser.LABEL + "=user", IMAGE, "true");
		String image = build("FROM " + IMAGE, "USER 1234");
		connect(properties(), RegistryCredentials.defaultFolder(), Clock.systemUTC()).prepareImage(image);
		assertThat(DockerCli.run("ps", "-aq", "--no-trunc", "--filter", "id=" + left)).isEqualTo(left);
		connect(properties(), RegistryCredentials.defaultFolder(),
				Clock.offset(Clock.systemUTC(), Duration.ofMinutes(20)))
			.prepareImage(image);
		assertThat(DockerCli.run("ps", "-aq", "--no-trunc", "--filter", "id=" + left)).isEmpty();
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "USER root | 0 | 0", "USER 1234:77 | 1234 | 77", "USER 1234 | 1234 | 0",
					"RUN groupadd -g 3001 g && useradd -u 3000 -g g agent\\nUSER agent | 3000 | 3001",
					"RUN groupadd -g 3001 g && useradd -u 3000 -g g agent\\nUSER 3000 | 3000 | 3001",
					"RUN groupadd -g 3001 g && useradd -u 3000 agent\\nUSER agent:g | 3000 | 3001" })
	void theNumbersOfAnImagesUserAreFound(String dockerfile, long uid, long gid) {
		String image = build("FROM " + IMAGE, dockerfile.replace("\\n", "\n"));
		ImageDetails details = this.backend.prepareImage(image);
		assertThat(details.uid()).isEqualTo(uid);
		assertThat(details.gid()).isEqualTo(gid);
		assertThat(DockerCli.run("ps", "-aq", "--filter", "label=" + ImageUser.LABEL, "--filter", "ancestor=" + image))
			.isEmpty();
		assertThat(DockerCli.run("run", "--rm", "--network", "none", image, "sh", "-c", "echo $(id -u) $(id -g)"))
			.isEqualTo(uid + " " + gid);
	}

}
