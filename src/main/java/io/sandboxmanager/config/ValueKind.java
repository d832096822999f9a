package io.sandboxmanager.config;

import java.util.function.Function;

import org.jspecify.annotations.Nullable;

/**
 * What the value of a variable may be.
 *
 * @param expected completes the sentence "expected …"
 * @param secret whether a value must never be shown
 * @param parser gives {@code null}, or throws IllegalArgumentException with a message of
 * its own, for what it refuses
 */
record ValueKind(String expected, boolean secret, Function<String, @Nullable Object> parser) {

	/**
	 * The value as the Spring property takes it.
	 * @throws IllegalArgumentException with what is wrong, never with the value
	 */
	Object parse(String text) {
		Object value = this.parser.apply(text);
		if (value == null) {
			throw new IllegalArgumentException("expected " + this.expected);
		}
		return value;
	}

}
