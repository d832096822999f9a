package io.sandboxmanager.store.redis;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;

/**
 * What Redis runs in one step. Each is a file of its name, such as {@code give-up.lua},
 * after {@code common.lua}. Redis knows a script by its digest once it has seen it.
 */
enum Script {

	INSERT, UPDATE, DELETE, CLAIM, LEAVE_QUEUE, PUT_BACK, TOUCH, PROLONG, BY_REF, SESSION, WARM, PAGE, DUE, POOL_COUNT,
	POOL_BOUNDS, LEASE, GIVE_UP, REGISTER, DEREGISTER, IDENTITY, INCARNATION;

	private final String text;

	private final String digest;

	Script() {
		this.text = read("common") + "\n" + read(name().toLowerCase(Locale.ROOT).replace('_', '-'));
		this.digest = sha1(this.text);
	}

	String text() {
		return this.text;
	}

	/** What Redis calls it. */
	String digest() {
		return this.digest;
	}

	private static String read(String name) {
		try (InputStream file = Script.class.getResourceAsStream(name + ".lua")) {
			if (file == null) {
				throw new FileNotFoundException(name + ".lua");
			}
			return new String(file.readAllBytes(), StandardCharsets.UTF_8);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static String sha1(String text) {
		try {
			byte[] digest = MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8));
			return HexFormat.of().formatHex(digest);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("every JVM has SHA-1", ex);
		}
	}

}
