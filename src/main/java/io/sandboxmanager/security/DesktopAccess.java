package io.sandboxmanager.security;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Base64;

import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.RuntimeToken;
import io.sandboxmanager.sandbox.Sandbox;

/**
 * Decides who may see a sandbox's desktop. A caller of the server may see every desktop.
 * A browser has no place for the server's token: it shows the sandbox's own token as a
 * password once and from then on a key, which is derived from that token and opens this
 * desktop and nothing else.
 */
public class DesktopAccess {

	private static final String ALGORITHM = "HmacSHA256";

	private static final String PURPOSE = "sandbox-manager desktop ";

	private final boolean guarded;

	private final boolean local;

	private final Callers callers;

	public DesktopAccess(SecurityProperties properties, Callers callers) {
		String token = properties.bearerToken();
		this.local = token == null || token.isEmpty();
		this.guarded = properties.desktopRequiresAuth() && !this.local;
		this.callers = callers;
	}

	/**
	 * Whether these credentials, or none, open every desktop. Without a token everybody
	 * on this machine may see them, but not the web pages that somebody happens to look
	 * at.
	 * @param origin what the browser says of the page that asks, if it is one
	 */
	public boolean admitsCaller(@Nullable String authorization, @Nullable String origin) {
		if (this.guarded) {
			return this.callers.isAuthenticated(authorization);
		}
		return !this.local || !"null".equals(origin);
	}

	/** Whether the password is the one of this sandbox. */
	public boolean admitsPassword(Sandbox sandbox, @Nullable String password) {
		return password != null && sandbox.token().matches(password);
	}

	/** Whether the key is the one of this sandbox. */
	public boolean admitsKey(Sandbox sandbox, @Nullable String key) {
		return key != null && MessageDigest.isEqual(keyOf(sandbox).getBytes(StandardCharsets.UTF_8),
				key.getBytes(StandardCharsets.UTF_8));
	}

	/**
	 * What opens this desktop without its password: letters, digits, {@code -} and
	 * {@code _}. It is the same on every server.
	 */
	public String keyOf(Sandbox sandbox) {
		try {
			RuntimeToken token = sandbox.token();
			Mac mac = Mac.getInstance(ALGORITHM);
			mac.init(new SecretKeySpec(token.secret().getBytes(StandardCharsets.UTF_8), ALGORITHM));
			byte[] key = mac.doFinal((PURPOSE + sandbox.id()).getBytes(StandardCharsets.UTF_8));
			return Base64.getUrlEncoder().withoutPadding().encodeToString(key);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("this Java has no " + ALGORITHM, ex);
		}
	}

	/** Knows the callers of the server. */
	@FunctionalInterface
	public interface Callers {

		/** Whether an {@code Authorization} header is the one of a caller. */
		boolean isAuthenticated(@Nullable String authorization);

	}

}
