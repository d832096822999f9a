package io.sandboxmanager.store.redis;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Base64;

import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

import io.sandboxmanager.sandbox.StateUnavailableException;

/**
 * AES-256-GCM with a key that is derived from a text (HKDF with SHA-256). A sealed text
 * is the nonce and what the cipher gave, as Base64. Its place is authenticated too, so
 * that nobody can move it to another record.
 */
final class AesSeal implements Seal {

	private static final String CIPHER = "AES/GCM/NoPadding";

	private static final String MAC = "HmacSHA256";

	private static final byte[] SALT = "sandbox-manager".getBytes(StandardCharsets.US_ASCII);

	/** What this key is for, and the counter that HKDF wants. */
	private static final byte[] INFO = "state v1\u0001".getBytes(StandardCharsets.US_ASCII);

	private static final int NONCE_BYTES = 12;

	private static final int TAG_BITS = 128;

	private static final SecureRandom RANDOM = new SecureRandom();

	private final SecretKeySpec key;

	AesSeal(String text) {
		byte[] extracted = hmac(SALT, text.getBytes(StandardCharsets.UTF_8));
		this.key = new SecretKeySpec(hmac(extracted, INFO), "AES");
	}

	@Override
	public String seal(String text, String place) {
		byte[] nonce = new byte[NONCE_BYTES];
		RANDOM.nextBytes(nonce);
		try {
			byte[] sealed = cipher(Cipher.ENCRYPT_MODE, nonce, place).doFinal(text.getBytes(StandardCharsets.UTF_8));
			byte[] all = ByteBuffer.allocate(nonce.length + sealed.length).put(nonce).put(sealed).array();
			return MARK + Base64.getEncoder().withoutPadding().encodeToString(all);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("every JVM has " + CIPHER, ex);
		}
	}

	@Override
	public String open(String kept, String place) {
		if (!kept.startsWith(MARK)) {
			return kept;
		}
		try {
			ByteBuffer all = ByteBuffer.wrap(Base64.getDecoder().decode(kept.substring(MARK.length())));
			byte[] nonce = new byte[NONCE_BYTES];
			all.get(nonce);
			byte[] sealed = new byte[all.remaining()];
			all.get(sealed);
			return new String(cipher(Cipher.DECRYPT_MODE, nonce, place).doFinal(sealed), StandardCharsets.UTF_8);
		}
		catch (GeneralSecurityException | RuntimeException ex) {
			throw new StateUnavailableException("what Redis keeps as " + place
					+ " cannot be decrypted: STATE_KEY must be the one that it was written with, on every server", ex);
		}
	}

	private Cipher cipher(int mode, byte[] nonce, String place) throws GeneralSecurityException {
		Cipher cipher = Cipher.getInstance(CIPHER);
		cipher.init(mode, this.key, new GCMParameterSpec(TAG_BITS, nonce));
		cipher.updateAAD(place.getBytes(StandardCharsets.UTF_8));
		return cipher;
	}

	private static byte[] hmac(byte[] key, byte[] message) {
		try {
			Mac mac = Mac.getInstance(MAC);
			mac.init(new SecretKeySpec(key, MAC));
			return mac.doFinal(message);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException("every JVM has " + MAC, ex);
		}
	}

}
