package io.sandboxmanager.config;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sends what it is told to, which a well-behaved client would not. */
record RawHttp(int port) {

	private static final Pattern CONTENT_LENGTH = Pattern.compile("(?i)content-length: ([0-9]+)");

	private static final int LIMIT_MILLIS = 10_000;

	/**
	 * Sends a request without a body; each header is one line. {@code HOST} in a target
	 * of the absolute form stands for the server.
	 */
	Answer send(String method, String target, String... headers) throws IOException {
		String host = Arrays.stream(headers).anyMatch((line) -> line.startsWith("Host:")) ? ""
				: "Host: localhost:" + this.port + "\r\n";
		String lines = (headers.length > 0) ? String.join("\r\n", headers) + "\r\n" : "";
		String there = target.replace("http://HOST", "http://localhost:" + this.port);
		return sendBytes(method + " " + there + " HTTP/1.1\r\n" + host + "Connection: close\r\n" + lines + "\r\n");
	}

	Answer sendBytes(String bytes) throws IOException {
		try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), this.port)) {
			socket.setSoTimeout(LIMIT_MILLIS);
			socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
			socket.getOutputStream().flush();
			return Answer.parse(read(socket.getInputStream()));
		}
	}

	/** Reads an answer to its end, which may be long before that of the connection. */
	private static String read(InputStream in) throws IOException {
		StringBuilder head = new StringBuilder();
		for (int next = in.read(); next != -1; next = in.read()) {
			head.append((char) next);
			if (next == '\n' && head.indexOf("\r\n\r\n") > 0) {
				Matcher length = CONTENT_LENGTH.matcher(head);
				byte[] body = length.find() ? in.readNBytes(Integer.parseInt(length.group(1))) : in.readAllBytes();
				return head + new String(body, StandardCharsets.UTF_8);
			}
		}
		return head.toString();
	}

	/** What came back. */
	record Answer(int status, List<String> headers, String body) {

		static Answer parse(String text) {
			int end = text.indexOf("\r\n\r\n");
			if (end < 0) {
				throw new AssertionError("no answer but '" + text + "'");
			}
			List<String> lines = text.substring(0, end).lines().toList();
			int status = Integer.parseInt(lines.get(0).substring(9, 12));
			return new Answer(status, lines.subList(1, lines.size()), unchunked(lines, text.substring(end + 4)));
		}

		private static String unchunked(List<String> headers, String body) {
			if (headers.stream().noneMatch((line) -> line.equalsIgnoreCase("Transfer-Encoding: chunked"))) {
				return body;
			}
			List<String> lines = body.lines().toList();
			return (lines.size() > 1) ? lines.get(1) : "";
		}

		Optional<String> header(String name) {
			String start = name.toLowerCase(Locale.ROOT) + ":";
			List<String> values = this.headers.stream()
				.filter((line) -> line.toLowerCase(Locale.ROOT).startsWith(start))
				.map((line) -> line.substring(start.length()).strip())
				.toList();
			if (values.size() > 1) {
				throw new AssertionError(name + " is there more than once: " + values);
			}
			return values.stream().findFirst();
		}

	}

}
