package io.sandboxmanager.config;

import java.util.List;

/** The server cannot start with these settings; one line per mistake. */
public class InvalidSettingsException extends RuntimeException {

	private final List<String> mistakes;

	InvalidSettingsException(List<String> mistakes) {
		super(String.join("\n", mistakes));
		this.mistakes = List.copyOf(mistakes);
	}

	/** Each names the variable, its value unless that is secret, and what is expected. */
	public List<String> getMistakes() {
		return this.mistakes;
	}

}
