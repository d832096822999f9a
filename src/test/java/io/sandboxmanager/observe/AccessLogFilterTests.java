package io.sandboxmanager.observe;

import java.io.IOException;
import java.util.Objects;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** The one line about each request. */
class AccessLogFilterTests {

	private final Logger logger = (Logger) LoggerFactory.getLogger(AccessLogFilter.class);

	private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

	private final MockHttpServletRequest request = new MockHttpServletRequest("GET", "/desktop/x");

	private final MockHttpServletResponse response = new MockHttpServletResponse();

	@BeforeEach
	void listen() {
		this.logger.setLevel(Level.DEBUG);
		this.lines.start();
		this.logger.addAppender(this.lines);
		this.request.setQueryString("a=b&password=hush");
	}

	@AfterEach
	void stop() {
		this.logger.detachAppender(this.lines);
		this.logger.setLevel(null);
	}

	@Test
	void lineTellsWhatWasAskedAndAnsweredButNoSecret() throws Exception {
		filter((request, response) -> ((HttpServletResponse) response).setStatus(418));
		assertThat(line()).matches("GET /desktop/x\\?a=b&password=\\*\\*\\* 418 \\d+ ms");
	}

	@Test
	void lineDoesNotTellTheKeyOfADesktop() throws Exception {
		this.request.setRequestURI("/desktop/x/~lasting-key/vnc.html");
		filter((request, response) -> ((HttpServletResponse) response).setStatus(200));
		assertThat(line()).startsWith("GET /desktop/x/~***/vnc.html?a=b&password=*** 200").doesNotContain("lasting");
	}

	@Test
	void failedRequestHasItsLineToo() {
		assertThatExceptionOfType(ServletException.class).isThrownBy(() -> filter((request, response) -> {
			throw new ServletException("failed");
		}));
		assertThat(line()).startsWith("GET /desktop/x");
	}

	@Test
	void requestAnsweredLaterHasItsLineWhenItIsAnswered() throws Exception {
		this.request.setAsyncSupported(true);
		this.response.setHeader("X-Request-ID", "mine");
		filter((request, response) -> request.startAsync(request, response));
		assertThat(this.lines.list).isEmpty();
		this.response.setStatus(202);
		Objects.requireNonNull(this.request.getAsyncContext()).complete();
		assertThat(line()).contains(" 202 ");
		assertThat(this.lines.list.get(0).getMDCPropertyMap()).containsEntry("requestId", "mine");
	}

	@Test
	void nothingIsWrittenUnlessAskedFor() throws Exception {
		this.logger.setLevel(Level.INFO);
		filter((request, response) -> ((HttpServletResponse) response).setStatus(200));
		assertThat(this.lines.list).isEmpty();
	}

	private void filter(FilterChain chain) throws ServletException, IOException {
		new AccessLogFilter().doFilter(this.request, this.response, chain);
	}

	private String line() {
		assertThat(this.lines.list).hasSize(1);
		return this.lines.list.get(0).getFormattedMessage();
	}

}
