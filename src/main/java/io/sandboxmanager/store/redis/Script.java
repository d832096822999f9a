package io.sandboxmanager.store.redis;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * What Redis runs in one step. Each is a file of its name, such as {@code give-up.lua},
 * after {@code common.lua} and, where it moves records between lists, {@code index.lua},
 * or where it takes leases, {@code leases.lua}. Redis knows a script by its digest once
 * it has seen it.
 */
enum Script {

	INSERT("common", "index"), UPDATE("common", "index"), DELETE("common", "index"), CLAIM("common"),
	LEAVE_QUEUE("common"), PUT_BACK("common", "index"), TOUCH("common", "index"), PROLONG("common", "index"),
	BY_REF("common"), SESSION("common"), WARM("common"), PAGE("common"), DUE("common"), POOL_COUNT("common"),
	POOL_BOUNDS("common"), LEASE("common", "leases"), GIVE_UP("common"), REGISTER("common"),
	DEREGISTER("common", "leases"), IDENTITY("common"), INCARNATION("common", "index"), CANCEL_CLAIM("common", "index"),
	TICKET_BOOK("common"), REVOKE_TICKET("common");

	private final String text;

	private final String digest;

	Script(String... before) {
		String own = read(name().toLowerCase(Locale.ROOT).replace('_', '-'));
		this.text = Arrays.stream(before).map((name) -> read(name) + "\n").collect(Collectors.joining()) + own;
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
