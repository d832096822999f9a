package io.sandboxmanager.gateway;

import java.util.OptionalInt;
import java.util.regex.Pattern;

/** Reads the numbers of ports in addresses. */
public final class PortNumber {

	/** Without leading zeros: each port has one address. */
	private static final Pattern FORM = Pattern.compile("[1-9][0-9]{0,4}");

	private static final int LAST = 65535;

	private PortNumber() {
	}

	/** The number that a text is, empty if it is none. */
	public static OptionalInt in(String text) {
		if (!FORM.matcher(text).matches() || Integer.parseInt(text) > LAST) {
			return OptionalInt.empty();
		}
		return OptionalInt.of(Integer.parseInt(text));
	}

}
