package io.sandboxmanager.security;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import io.sandboxmanager.sandbox.SandboxId;

/**
 * Writes tickets as texts that fit into a path, a query and a cookie, and reads those
 * that it has written: all facts of the ticket, and their HMAC with SHA-256.
 */
final class TicketSeal {

	private static final String ALGORITHM = "HmacSHA256";

	/** What all texts begin with: nothing else does, and no log should show it. */
	private static final String MARK = "smt_";

	/** What this key is used for. */
	private static final byte[] CONTEXT = "sandbox-manager ticket\0".getBytes(StandardCharsets.US_ASCII);

	private static final short VERSION = 1;

	private static final int ID_BYTES = 16;

	private static final int SANDBOX_BYTES = SandboxId.random().value().length();

	private static final int ID_AT = Short.BYTES + Byte.BYTES + Long.BYTES;

	private static final int FACT_BYTES = ID_AT + ID_BYTES + SANDBOX_BYTES;

	private static final int MAC_BYTES = 32;

	private static final Pattern FORM = Pattern
		.compile(MARK + "[A-Za-z0-9_-]{" + (FACT_BYTES + MAC_BYTES) / 3 * 4 + "}");

	private final SecretKeySpec key;

	TicketSeal(String key) {
		this.key = new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), ALGORITHM);
	}

	/** Whether a text has the form of a ticket, good or not. */
	static boolean isTicket(String text) {
		return FORM.matcher(text).matches();
	}

	String write(AccessTicket ticket) {
		byte[] facts = facts(ticket);
		byte[] all = ByteBuffer.allocate(FACT_BYTES + MAC_BYTES).put(facts).put(mac(facts)).array();
		return MARK + Base64.getUrlEncoder().withoutPadding().encodeToString(all);
	}

	/** The ticket; nothing if this key has not written it just so. */
	Optional<AccessTicket> read(String text) {
		if (!isTicket(text)) {
			return Optional.empty();
		}
		ByteBuffer all = bytes(text);
		byte[] facts = new byte[FACT_BYTES];
		byte[] mac = new byte[MAC_BYTES];
		all.get(facts).get(mac);
		boolean genuine = MessageDigest.isEqual(mac(facts), mac);
		return genuine ? ticket(ByteBuffer.wrap(facts)) : Optional.empty();
	}

	/** The id in a text of this form, which anybody may have written. */
	static String claimedId(String text) {
		byte[] id = new byte[ID_BYTES];
		bytes(text).position(ID_AT).get(id);
		return HexFormat.of().formatHex(id);
	}

	private static ByteBuffer bytes(String text) {
		return ByteBuffer.wrap(Base64.getUrlDecoder().decode(text.substring(MARK.length())));
	}

	private static byte[] facts(AccessTicket ticket) {
		int purposes = 0;
		for (Purpose purpose : ticket.purposes()) {
			purposes |= bit(purpose);
		}
		return ByteBuffer.allocate(FACT_BYTES)
			.putShort(VERSION)
			.put((byte) purposes)
			.putLong(ticket.until().toEpochMilli())
			.put(HexFormat.of().parseHex(ticket.id()))
			.put(ticket.sandbox().value().getBytes(StandardCharsets.US_ASCII))
			.array();
	}

	private static Optional<AccessTicket> ticket(ByteBuffer facts) {
		if (facts.getShort() != VERSION) {
			return Optional.empty();
		}
		int bits = facts.get();
		Set<Purpose> purposes = EnumSet.noneOf(Purpose.class);
		for (Purpose purpose : Purpose.values()) {
			if ((bits & bit(purpose)) != 0) {
				purposes.add(purpose);
			}
		}
		Instant until = Instant.ofEpochMilli(facts.getLong());
		byte[] id = new byte[ID_BYTES];
		byte[] sandbox = new byte[SANDBOX_BYTES];
		facts.get(id).get(sandbox);
		return Optional.of(new AccessTicket(HexFormat.of().formatHex(id),
				new SandboxId(new String(sandbox, StandardCharsets.US_ASCII)), purposes, until));
	}

	/** Tickets outlive the server that wrote them, so the order may not matter. */
	private static int bit(Purpose purpose) {
		return switch (purpose) {
			case CDP -> 1;
			case VNC -> 2;
			case PORTS -> 4;
		};
	}

	private byte[] mac(byte[] facts) {
		try {
			Mac mac = Mac.getInstance(ALGORITHM);
			mac.init(this.key);
			mac.update(CONTEXT);
			return mac.doFinal(facts);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("every Java has " + ALGORITHM, ex);
		}
	}

}
