package io.sandboxmanager.backend.docker;

import java.net.SocketException;
import java.net.URI;

import com.github.dockerjava.api.exception.DockerException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.sandboxmanager.backend.BackendException;
import io.sandboxmanager.backend.ContainerRefusedException;
import io.sandboxmanager.backend.EngineUnreachableException;

import static org.assertj.core.api.Assertions.assertThat;

class EngineErrorsTests {

	private static final URI HOST = URI.create("unix:///var/run/docker.sock");

	private static RuntimeException translate(RuntimeException ex) {
		return EngineErrors.translate(HOST, "start container abc", ex);
	}

	private static RuntimeException answer(int status, String message) {
		return translate(new DockerException("{\"message\":\"" + message + "\"}\n", status));
	}

	@ParameterizedTest
	@CsvSource(delimiter = '|',
			value = { "404 | No such container: abc | ContainerNotFoundException",
					"404 | No such image: a/b:c | ImageMissingException",
					"404 | network 0123 not found | NetworkMissingException",
					"409 | Conflict. The container name is already in use | ContainerRefusedException",
					"409 | removal of container abc is already in progress | RemovalInProgressException",
					"400 | unknown or invalid runtime name: x | ContainerRefusedException",
					"500 | Bind for 127.0.0.1:80 failed: port is already allocated | PortTakenException",
					"500 | listen tcp4 127.0.0.1:80: bind: address already in use | PortTakenException",
					"500 | write /x: no space left on device | NoCapacityException",
					"500 | adding interface veth1 to bridge failed: exchange full | NoCapacityException",
					"500 | OCI runtime create failed: exec: not found | ContainerRefusedException",
					"500 | something new | EngineFailedException", "503 | not now | EngineFailedException" })
	void nameWhatTheEngineSays(int status, String message, String exception) {
		RuntimeException failure = answer(status, message);
		assertThat(failure).isInstanceOf(BackendException.class)
			.hasMessage("could not start container abc: " + message);
		assertThat(failure.getClass().getSimpleName()).isEqualTo(exception);
	}

	@Test
	void sayWhatToDoAboutAGpu() {
		assertThat(answer(500, "could not select device driver \\\"\\\" with capabilities: [[gpu]]"))
			.isInstanceOf(ContainerRefusedException.class)
			.hasMessageContaining("NVIDIA");
	}

	@ParameterizedTest
	@CsvSource({ "Permission denied, group", "No such file or directory, systemctl start docker",
			"Connection refused, DOCKER_HOST" })
	void sayWhatToDoAboutAnEngineThatIsAway(String cause, String advice) {
		assertThat(translate(new RuntimeException(new SocketException(cause))))
			.isInstanceOf(EngineUnreachableException.class)
			.hasMessageContaining("unix:///var/run/docker.sock")
			.hasMessageContaining(cause)
			.hasMessageContaining(advice);
	}

	@Test
	void leaveAnAnswerThatIsNoJsonAsItIs() {
		assertThat(translate(new DockerException("bad {gateway", 502))).hasMessageContaining("bad {gateway");
	}

	@Test
	void leaveOurOwnMistakesAsTheyAre() {
		IllegalArgumentException mistake = new IllegalArgumentException("a mistake");
		assertThat(translate(mistake)).isSameAs(mistake);
	}

}
