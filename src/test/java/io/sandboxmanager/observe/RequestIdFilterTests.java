package io.sandboxmanager.observe;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicReference;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.MDC;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** Which id a request has, and where it stands. */
class RequestIdFilterTests {

	private final AtomicReference<String> logged = new AtomicReference<>();

	@ParameterizedTest
	@ValueSource(strings = { "a", "0.my_request-ID", "12345678-1234-1234-1234-123456789012" })
	void callersOwnIdIsKept(String id) throws Exception {
		assertThat(answeredId(id)).isEqualTo(id);
		assertThat(this.logged).hasValue(id);
	}

	@Test
	void callersOwnIdMayHave128Characters() throws Exception {
		assertThat(answeredId("x".repeat(128))).isEqualTo("x".repeat(128));
		assertThat(answeredId("x".repeat(129))).isNotEqualTo("x".repeat(129));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", "a b", "a\nERROR all is lost", "<script>", "é", "a,b" })
	void idThatCouldDoHarmIsReplaced(String id) throws Exception {
		assertThat(answeredId(id)).isNotEqualTo(id).matches("[0-9a-f-]{36}");
	}

	@Test
	void requestWithoutAnIdGetsItsOwn() throws Exception {
		String first = answeredId(null);
		assertThat(first).matches("[0-9a-f-]{36}");
		assertThat(this.logged).hasValue(first);
		assertThat(answeredId(null)).isNotEqualTo(first);
	}

	@Test
	void idDoesNotStayWithTheThread() throws Exception {
		answeredId("mine");
		assertThat(MDC.get("requestId")).isNull();
		assertThatExceptionOfType(ServletException.class).isThrownBy(() -> filter("mine", (request, response) -> {
			throw new ServletException("failed");
		}));
		assertThat(MDC.get("requestId")).isNull();
	}

	private @Nullable String answeredId(@Nullable String given) throws ServletException, IOException {
		return filter(given, (request, response) -> this.logged.set(MDC.get("requestId"))).getHeader("X-Request-ID");
	}

	private static MockHttpServletResponse filter(@Nullable String given, FilterChain chain)
			throws ServletException, IOException {
		MockHttpServletRequest request = new MockHttpServletRequest();
		if (given != null) {
			request.addHeader("X-Request-ID", given);
		}
		MockHttpServletResponse response = new MockHttpServletResponse();
		new RequestIdFilter().doFilter(request, response, chain);
		return response;
	}

}
