package io.sandboxmanager.template;

import java.util.List;

/** {@code DEFAULT_SANDBOX_TYPE} does not fit the catalogue. */
public class DefaultTypeException extends CatalogueException {

	public DefaultTypeException(List<String> mistakes) {
		super(mistakes);
	}

}
