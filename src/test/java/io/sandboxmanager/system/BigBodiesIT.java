package io.sandboxmanager.system;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import java.util.zip.CRC32;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;

import static org.assertj.core.api.Assertions.assertThat;

/** What is larger than the server's heap can bear must pass through it in pieces. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BigBodiesIT {

	private static final long HUNDRED_MB = 100_000_000;

	private static final int AT_ONCE = 3;

	private static final Duration LIMIT = Duration.ofSeconds(60);

	@RegisterExtension
	static final Servers servers = Servers.forAllTests();

	private final ServerProcess server = servers.server("POOL_SIZE", "0");

	private String sandbox = "";

	@BeforeAll
	void start() {
		this.sandbox = this.server.start().api().create();
	}

	@AfterEach
	void serverIsWell() {
		assertThat(this.server.api().isHealthy()).isTrue();
		assertThat(this.server.log() + this.server.errors()).doesNotContain("OutOfMemoryError", " ERROR ");
	}

	@Test
	void toolOutputOfMillionBytes() {
		String output = this.server.api().shell(this.sandbox, "head -c 1000000 /dev/zero | tr '\\0' x");
		assertThat(output).hasSize(1_000_000).containsOnlyOnce("x".repeat(1_000_000));
	}

	@Test
	void severalFilesOfHundredMegabytes() {
		long sum = sum(new Noise(HUNDRED_MB));
		atOnce((i) -> upload("big-" + i));
		assertThat(this.server.api().shell(this.sandbox, "stat -c %s /workspace/big-*"))
			.isEqualTo((HUNDRED_MB + "\n").repeat(AT_ONCE));
		atOnce((i) -> assertThat(download("big-" + i)).isEqualTo(sum));
		this.server.api().shell(this.sandbox, "rm /workspace/big-*");
	}

	@Test
	void uploadOfClientWhoHangsUpLeavesNoFile() throws IOException {
		String before = files();
		for (boolean reset : new boolean[] { false, true }) {
			RawRequest upload = RawRequest.begin(this.server, "PUT " + path("partial"), HUNDRED_MB, "");
			upload.send(new byte[10_000_000]);
			Await.until("the upload has reached the sandbox", LIMIT, this::files, (seen) -> !seen.equals(before));
			hangUp(upload, reset);
			Await.until("nothing of it is left", LIMIT, this::files, before::equals);
		}
		assertThat(this.server.api().shell(this.sandbox, "echo fine")).isEqualTo("fine\n");
	}

	@Test
	void downloadOfClientWhoHangsUpEndsInTheSandboxToo() throws IOException {
		this.server.api().shell(this.sandbox, "head -c 100000000 /dev/zero > /workspace/zeros");
		int before = connections();
		for (boolean reset : new boolean[] { false, true }) {
			RawRequest download = RawRequest.begin(this.server, "GET " + path("zeros") + "&format=bytes", 0, "");
			download.read(1_000_000);
			hangUp(download, reset);
			Await.until("the sandbox sends no more", LIMIT, this::connections, (open) -> open <= before);
		}
		assertThat(this.server.api().shell(this.sandbox, "rm /workspace/zeros; echo fine")).isEqualTo("fine\n");
	}

	private static void hangUp(RawRequest request, boolean reset) throws IOException {
		if (reset) {
			request.reset();
		}
		else {
			request.close();
		}
	}

	/** All files that an upload may make. */
	private String files() {
		return Docker.exec(this.sandbox, "find /workspace -type f | sort");
	}

	/** How many processes or threads in the sandbox have the big file open. */
	private int connections() {
		return Docker.exec(this.sandbox, "ls -l /proc/[0-9]*/fd 2>/dev/null | grep -c /workspace/zeros || true")
			.strip()
			.transform(Integer::parseInt);
	}

	private void upload(String file) {
		HttpRequest request = this.server.api()
			.request(path(file))
			.PUT(BodyPublishers.ofInputStream(() -> new Noise(HUNDRED_MB)))
			.build();
		HttpResponse<String> answer = this.server.api().send(request, BodyHandlers.ofString());
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
	}

	private long download(String file) {
		HttpResponse<InputStream> answer = this.server.api()
			.send(this.server.api().request(path(file) + "&format=bytes").build(), BodyHandlers.ofInputStream());
		assertThat(answer.statusCode()).isEqualTo(200);
		return sum(answer.body());
	}

	private String path(String file) {
		return "/proxy/" + this.sandbox + "/workspace/file?path=" + file;
	}

	private static void atOnce(IntConsumer action) {
		List<CompletableFuture<Void>> running = IntStream.range(0, AT_ONCE)
			.mapToObj((i) -> CompletableFuture.runAsync(() -> action.accept(i)))
			.toList();
		running.forEach(CompletableFuture::join);
	}

	/** The check sum of a whole stream, which is closed. */
	private static long sum(InputStream stream) {
		CRC32 sum = new CRC32();
		byte[] buffer = new byte[64 * 1024];
		try (stream) {
			for (int read = stream.read(buffer); read != -1; read = stream.read(buffer)) {
				sum.update(buffer, 0, read);
			}
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return sum.getValue();
	}

	/** So many bytes that do not repeat soon. */
	private static final class Noise extends InputStream {

		private long left;

		private int state = 1;

		Noise(long length) {
			this.left = length;
		}

		@Override
		public int read() {
			if (this.left == 0) {
				return -1;
			}
			this.left--;
			this.state = this.state * 1_664_525 + 1_013_904_223;
			return this.state >>> 24;
		}

		@Override
		public int read(byte[] buffer, int offset, int length) {
			if (this.left == 0) {
				return -1;
			}
			int count = (int) Math.min(length, this.left);
			for (int i = 0; i < count; i++) {
				buffer[offset + i] = (byte) read();
			}
			return count;
		}

	}

}
