package io.sandboxmanager.security;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

/**
 * The token that opens the server, if it has one. Only its digest is kept and compared,
 * so that neither its length nor where a guess goes wrong can be measured.
 */
public final class BearerToken {

	private static final Pattern CREDENTIALS = Pattern.compile("bearer +(\\S.*)", Pattern.CASE_INSENSITIVE);

	private static final Pattern BASIC = Pattern.compile("basic +(\\S+)", Pattern.CASE_INSENSITIVE);

	private final byte @Nullable [] digest;

	private BearerToken(byte @Nullable [] digest) {
		this.digest = digest;
	}

	/** The configured token; without one everybody may use the server. */
	public static BearerToken of(@Nullable String configured) {
		if (configured == null || configured.isEmpty()) {
			return new BearerToken(null);
		}
		return new BearerToken(digest(configured.getBytes(StandardCharsets.UTF_8)));
	}

	/** Whether the server has a token at all. */
	public boolean isRequired() {
		return this.digest != null;
	}

	/** What the request's {@code Authorization} is worth. */
	public Verdict judge(HttpServletRequest request) {
		return judge(Collections.list(request.getHeaders("Authorization")));
	}

	/**
	 * What these {@code Authorization} headers are worth; only a single one can be right.
	 */
	public Verdict judge(List<String> headers) {
		if (this.digest == null) {
			return Verdict.RIGHT;
		}
		Matcher credentials = CREDENTIALS.matcher((headers.size() == 1) ? headers.get(0).strip() : "");
		if (!credentials.matches()) {
			return Verdict.MISSING;
		}
		// A container hands each byte of a header over as one character.
		byte[] candidate = digest(credentials.group(1).getBytes(StandardCharsets.ISO_8859_1));
		return MessageDigest.isEqual(this.digest, candidate) ? Verdict.RIGHT : Verdict.WRONG;
	}

	/**
	 * What the request's {@code Authorization} is worth where the token may also be the
	 * password of Basic credentials, for clients that have but an address to keep it in.
	 */
	public Verdict judgeAlsoAsPassword(HttpServletRequest request) {
		return judge(
				Collections.list(request.getHeaders("Authorization")).stream().map(BearerToken::asBearer).toList());
	}

	private static String asBearer(String header) {
		Matcher basic = BASIC.matcher(header.strip());
		if (!basic.matches()) {
			return header;
		}
		try {
			String pair = new String(Base64.getDecoder().decode(basic.group(1)), StandardCharsets.ISO_8859_1);
			return "Bearer " + pair.substring(pair.indexOf(':') + 1);
		}
		catch (IllegalArgumentException ex) {
			return header;
		}
	}

	private static byte[] digest(byte[] token) {
		try {
			return MessageDigest.getInstance("SHA-256").digest(token);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("every Java has SHA-256", ex);
		}
	}

	@Override
	public String toString() {
		return "BearerToken[" + (isRequired() ? "set" : "not set") + "]";
	}

	/** What a request's token is worth. */
	public enum Verdict {

		/** There is none, more than one, or one of another scheme. */
		MISSING,

		/** It is not the server's. */
		WRONG,

		/** It is the server's, or the server has none. */
		RIGHT

	}

}
