package io.sandboxmanager.sandbox;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;

/**
 * The secret that opens the API inside one sandbox: 128 random bits as 32 lower-case hex
 * digits. Its text form never appears in a log: {@link #toString()} hides it.
 */
public record RuntimeToken(String secret) {

	private static final int BYTES = 16;

	private static final SecureRandom RANDOM = new SecureRandom();

	public static RuntimeToken random() {
		byte[] bits = new byte[BYTES];
		RANDOM.nextBytes(bits);
		return new RuntimeToken(HexFormat.of().formatHex(bits));
	}

	/** Compares in a time that does not depend on where the two differ. */
	public boolean matches(String candidate) {
		return MessageDigest.isEqual(this.secret.getBytes(StandardCharsets.UTF_8),
				candidate.getBytes(StandardCharsets.UTF_8));
	}

	@Override
	public String toString() {
		return "RuntimeToken[hidden]";
	}

}
