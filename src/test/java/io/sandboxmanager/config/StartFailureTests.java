package io.sandboxmanager.config;

import java.net.BindException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.BeanCreationException;
import org.springframework.boot.web.server.PortInUseException;
import org.springframework.context.ApplicationContextException;

import io.sandboxmanager.backend.EngineUnreachableException;
import io.sandboxmanager.template.CatalogueException;
import io.sandboxmanager.template.DefaultTypeException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

class StartFailureTests {

	@Test
	void settingsEndWithTwoAndOneLineForEachMistake() {
		Throwable failure = catchThrowable(
				() -> ServerSettings.read(Map.of("PORT", "x", "DEBUG", "x"), Path.of("nowhere"), List.of()));
		assertThat(StartFailure.of(failure)).hasValueSatisfying((known) -> {
			assertThat(known.exitCode()).isEqualTo(2);
			assertThat(known.lines()).hasSize(2);
		});
	}

	@Test
	void aDefaultTypeIsASettingAndTheCatalogueIsNot() {
		assertThat(StartFailure.of(nested(new DefaultTypeException(List.of("a", "b")))))
			.contains(new StartFailure(List.of("a", "b"), 2));
		assertThat(StartFailure.of(nested(new CatalogueException(List.of("a", "b")))))
			.contains(new StartFailure(List.of("a", "b"), 1));
	}

	@Test
	void aPortInUseIsNamedAsItsVariable() {
		assertThat(StartFailure.of(new ApplicationContextException("x", new PortInUseException(8000)))).contains(
				new StartFailure(List.of("PORT=8000 is in use: stop what listens there, or choose another with PORT"),
						1));
		assertThat(StartFailure.of(nested(new BindException("Cannot assign requested address"))))
			.contains(new StartFailure(
					List.of("cannot listen: Cannot assign requested address; HOST must be an address of this machine"),
					1));
	}

	@Test
	void anythingThatARoomSaysIsPassedOnInOneLine() {
		assertThat(StartFailure.of(nested(new EngineUnreachableException("no engine\n  at x", null))))
			.contains(new StartFailure(List.of("no engine at x"), 1));
	}

	@Test
	void othersAreNotKnown() {
		Throwable other = nested(new IllegalStateException("bug"));
		assertThat(StartFailure.of(other)).isEmpty();
		assertThat(new StartFailureReporter().reportException(other)).isFalse();
		assertThat(new StartFailureReporter().reportException(nested(new PortInUseException(1)))).isTrue();
	}

	private static Throwable nested(Exception cause) {
		return new BeanCreationException("bean", "failed", new IllegalStateException("because", cause));
	}

}
