package io.sandboxmanager.runtime;

import java.time.Duration;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

import io.sandboxmanager.sandbox.InvalidSandboxAnswerException;
import io.sandboxmanager.sandbox.InvalidToolCallException;
import io.sandboxmanager.sandbox.RawJson;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxNotFoundException;
import io.sandboxmanager.sandbox.SandboxRefusedException;
import io.sandboxmanager.sandbox.SandboxUnreachableException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Which failures of a call become results. */
class ToolErrorsTests {

	private static final SandboxId ID = Sandboxes.unplaced(Duration.ZERO).id();

	@SuppressWarnings("unused") // by name
	static final SandboxException[] FAILURES = { new SandboxRefusedException(ID, 500, "detail"),
			new SandboxUnreachableException("gone", null), new InvalidSandboxAnswerException(ID, "html"),
			new InvalidToolCallException("wrong") };

	@Test
	void successIsTheResult() {
		RawJson result = RawJson.of("{}");
		assertThat(ToolErrors.orResult(() -> result)).isSameAs(result);
	}

	@ParameterizedTest
	@FieldSource("FAILURES")
	void failureOfTheCallIsAnErrorResult(SandboxException failure) {
		RawJson result = ToolErrors.orResult(() -> {
			throw failure;
		});
		assertThat(result.text()).isEqualTo(
				"{\"isError\":true,\"content\":[{\"type\":\"text\",\"text\":\"" + failure.getMessage() + "\"}]}");
	}

	@Test
	void textIsEscaped() {
		assertThat(ToolErrors.result(new InvalidToolCallException("a \"b\"\n")).text())
			.contains("\"text\":\"a \\\"b\\\"\\n\"");
	}

	@Test
	void unknownSandboxIsNoResult() {
		assertThatExceptionOfType(SandboxNotFoundException.class).isThrownBy(() -> ToolErrors.orResult(() -> {
			throw new SandboxNotFoundException("x");
		}));
	}

}
