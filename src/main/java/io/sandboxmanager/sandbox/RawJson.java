package io.sandboxmanager.sandbox;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * JSON text on its way through the server: one complete value in UTF-8, already checked
 * to be well-formed, never turned into objects. A tool may print megabytes; this holds
 * them once.
 */
public final class RawJson {

	private final byte[] utf8;

	private RawJson(byte[] utf8) {
		this.utf8 = utf8;
	}

	/** Takes well-formed JSON over without a copy: the array must not change any more. */
	public static RawJson of(byte[] utf8) {
		return new RawJson(utf8);
	}

	/** Takes well-formed JSON over. */
	public static RawJson of(String text) {
		return new RawJson(text.getBytes(StandardCharsets.UTF_8));
	}

	public int length() {
		return this.utf8.length;
	}

	public void writeTo(OutputStream out) throws IOException {
		out.write(this.utf8);
	}

	/** The JSON text; a copy, so not for what may be large. */
	public String text() {
		return new String(this.utf8, StandardCharsets.UTF_8);
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof RawJson json && Arrays.equals(this.utf8, json.utf8);
	}

	@Override
	public int hashCode() {
		return Arrays.hashCode(this.utf8);
	}

	/** Says how much it is, not what: a caller's output does not belong in a log. */
	@Override
	public String toString() {
		return "RawJson[" + this.utf8.length + " bytes]";
	}

}
