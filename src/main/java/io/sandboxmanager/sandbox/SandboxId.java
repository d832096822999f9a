package io.sandboxmanager.sandbox;

import java.security.SecureRandom;

/**
 * The identity of a sandbox: 25 characters {@code [0-9a-z]}, which the AgentScope wire
 * calls {@code session_id}. It is part of the container's name.
 */
public record SandboxId(String value) {

	private static final int LENGTH = 25;

	private static final String ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz";

	private static final SecureRandom RANDOM = new SecureRandom();

	public SandboxId {
		if (!isValid(value)) {
			throw new IllegalArgumentException("not a sandbox id: " + value);
		}
	}

	public static SandboxId random() {
		StringBuilder id = new StringBuilder(LENGTH);
		for (int i = 0; i < LENGTH; i++) {
			id.append(ALPHABET.charAt(RANDOM.nextInt(ALPHABET.length())));
		}
		return new SandboxId(id.toString());
	}

	public static boolean isValid(String text) {
		if (text.length() != LENGTH) {
			return false;
		}
		for (int i = 0; i < LENGTH; i++) {
			if (!isOfAlphabet(text.charAt(i))) {
				return false;
			}
		}
		return true;
	}

	private static boolean isOfAlphabet(char character) {
		return (character >= '0' && character <= '9') || (character >= 'a' && character <= 'z');
	}

	@Override
	public String toString() {
		return this.value;
	}

}
