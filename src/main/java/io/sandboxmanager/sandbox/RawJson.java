package io.sandboxmanager.sandbox;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * JSON text on its way through the server: one complete value in UTF-8, already checked
 * to be well-formed, never turned into objects. A tool may print megabytes; this holds
 * them once. What came from a sandbox takes of a {@link ByteBudget} until it is closed.
 */
public final class RawJson implements AutoCloseable {

	private final HeldBytes utf8;

	private RawJson(HeldBytes utf8) {
		this.utf8 = utf8;
	}

	/** Takes well-formed JSON over, and with it what it holds of a budget. */
	public static RawJson of(HeldBytes utf8) {
		return new RawJson(utf8);
	}

	/** Takes well-formed JSON over without a copy: the array must not change any more. */
	public static RawJson of(byte[] utf8) {
		return new RawJson(HeldBytes.of(utf8));
	}

	/** Takes well-formed JSON over. */
	public static RawJson of(String text) {
		return of(text.getBytes(StandardCharsets.UTF_8));
	}

	public int length() {
		return this.utf8.length();
	}

	public void writeTo(OutputStream out) throws IOException {
		this.utf8.writeTo(out);
	}

	/** The JSON text; a copy, so not for what may be large. */
	public String text() {
		return new String(this.utf8.toByteArray(), StandardCharsets.UTF_8);
	}

	/** Gives back what it holds of a budget; it has been written or is of no use. */
	@Override
	public void close() {
		this.utf8.close();
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof RawJson json && this.utf8.equals(json.utf8);
	}

	@Override
	public int hashCode() {
		return this.utf8.hashCode();
	}

	/** Says how much it is, not what: a caller's output does not belong in a log. */
	@Override
	public String toString() {
		return "RawJson[" + this.utf8.length() + " bytes]";
	}

}
