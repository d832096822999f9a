package io.sandboxmanager.store;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Makes keys that nobody can guess. */
public final class SecretKey {

	private static final int BYTES = 32;

	private static final SecureRandom RANDOM = new SecureRandom();

	private SecretKey() {
	}

	/** A new key of 256 bits, in hex. */
	public static String random() {
		byte[] bits = new byte[BYTES];
		RANDOM.nextBytes(bits);
		return HexFormat.of().formatHex(bits);
	}

}
