package io.sandboxmanager.template;

import java.util.List;

/** The catalogue of sandbox types cannot be used; one line per mistake. */
public class CatalogueException extends RuntimeException {

	private final List<String> mistakes;

	public CatalogueException(List<String> mistakes) {
		super(String.join("\n", mistakes));
		this.mistakes = List.copyOf(mistakes);
	}

	/** Each says where (file, type and field) and what is expected there. */
	public List<String> getMistakes() {
		return this.mistakes;
	}

}
