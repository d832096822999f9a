package io.sandboxmanager.gateway;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * One end of a connection that a test plays by hand, byte for byte. Whatever does not
 * come within the time limit fails the test.
 */
public final class Wire implements AutoCloseable {

	private static final int TIMEOUT = 15_000;

	private final Socket socket;

	private final InputStream in;

	Wire(Socket socket) {
		try {
			this.socket = socket;
			socket.setSoTimeout(TIMEOUT);
			socket.setTcpNoDelay(true);
			this.in = new BufferedInputStream(socket.getInputStream());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public static Wire connect(int port) {
		try {
			return new Wire(new Socket(InetAddress.getLoopbackAddress(), port));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Sends text in which a line feed stands for the end of a line in HTTP. */
	public Wire send(String text) {
		return send(text.replace("\n", "\r\n").getBytes(StandardCharsets.ISO_8859_1));
	}

	public Wire send(byte[] bytes) {
		try {
			this.socket.getOutputStream().write(bytes);
			return this;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public String line() {
		ByteArrayOutputStream line = new ByteArrayOutputStream();
		for (byte next = bytes(1)[0]; next != '\n'; next = bytes(1)[0]) {
			line.write(next);
		}
		return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
	}

	/** The lines up to the next empty one. */
	public List<String> head() {
		List<String> lines = new ArrayList<>();
		for (String line = line(); !line.isEmpty(); line = line()) {
			lines.add(line);
		}
		return lines;
	}

	/** The values of one header. */
	public static List<String> values(List<String> head, String name) {
		String start = name.toLowerCase(Locale.ROOT) + ":";
		return head.stream()
			.filter((line) -> line.toLowerCase(Locale.ROOT).startsWith(start))
			.map((line) -> line.substring(start.length()).strip())
			.toList();
	}

	public byte[] bytes(int count) {
		try {
			byte[] bytes = this.in.readNBytes(count);
			if (bytes.length < count) {
				throw new EOFException("closed after " + bytes.length + " of " + count + " bytes");
			}
			return bytes;
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	public String text(int count) {
		return new String(bytes(count), StandardCharsets.ISO_8859_1);
	}

	/** The next chunk of a body, empty for the last. */
	public String chunk() {
		String chunk = text(Integer.parseInt(line(), 16));
		line();
		return chunk;
	}

	/** All that comes until the other side closes, however it does. */
	public String rest() {
		ByteArrayOutputStream rest = new ByteArrayOutputStream();
		try {
			for (int next = this.in.read(); next != -1; next = this.in.read()) {
				rest.write(next);
			}
		}
		catch (SocketException ex) {
			rest.writeBytes("<reset>".getBytes(StandardCharsets.ISO_8859_1));
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return rest.toString(StandardCharsets.ISO_8859_1);
	}

	/** The head of an answer and what of its body has come with it. */
	public String answer() {
		String head = String.join("\n", head());
		try {
			return head + "\n\n" + text(this.in.available());
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Whether the other side closed; waits for that. */
	public boolean isEnded() {
		return rest().replace("<reset>", "").isEmpty();
	}

	public Socket socket() {
		return this.socket;
	}

	@Override
	public void close() {
		try {
			this.socket.close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	/** Breaks the connection off. */
	public void reset() {
		try {
			this.socket.setSoLinger(true, 0);
			close();
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

}
