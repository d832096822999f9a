package io.sandboxmanager.agentscope;

import java.nio.charset.StandardCharsets;

import org.junit.jupiter.api.Test;
import org.springframework.mock.web.MockHttpServletResponse;

import static org.assertj.core.api.Assertions.assertThat;

class ErrorDetailTests {

	@Test
	void anyTextIsOneString() throws Exception {
		MockHttpServletResponse response = new MockHttpServletResponse();
		ErrorDetail.write(response, 404, "sandbox not found: \"é\\\n");
		assertThat(response.getStatus()).isEqualTo(404);
		assertThat(response.getContentType()).isEqualTo("application/json");
		byte[] body = "{\"detail\":\"sandbox not found: \\\"é\\\\\\n\"}".getBytes(StandardCharsets.UTF_8);
		assertThat(response.getContentAsByteArray()).isEqualTo(body);
		assertThat(response.getContentLength()).isEqualTo(body.length);
	}

}
