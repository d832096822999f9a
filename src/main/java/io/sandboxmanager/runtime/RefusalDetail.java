package io.sandboxmanager.runtime;

import java.nio.charset.StandardCharsets;

import org.apache.hc.core5.http.ClassicHttpResponse;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a sandbox says of its refusal: the {@code detail} of its JSON, else the status'
 * own words. A page of HTML, as a proxy inside the sandbox sends it, helps nobody.
 */
final class RefusalDetail {

	/** How much of a refusal is read. */
	static final int MAX_BYTES = 64 * 1024;

	private static final int MAX_CHARS = 4096;

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private RefusalDetail() {
	}

	static String of(ClassicHttpResponse response, byte[] body) {
		String detail = detail(body);
		if (detail.isEmpty()) {
			String reason = response.getReasonPhrase();
			return (reason != null && !reason.isEmpty()) ? reason : "no detail";
		}
		return (detail.length() > MAX_CHARS) ? detail.substring(0, MAX_CHARS) + "…" : detail;
	}

	private static String detail(byte[] body) {
		try {
			JsonNode detail = JSON.readTree(new String(body, StandardCharsets.UTF_8)).path("detail");
			return detail.isString() ? detail.stringValue() : detail.isMissingNode() ? "" : detail.toString();
		}
		catch (JacksonException ex) {
			return "";
		}
	}

}
