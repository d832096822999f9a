package io.sandboxmanager.backend;

import org.jspecify.annotations.Nullable;

/** The image is not there and cannot be pulled. */
public class ImageMissingException extends BackendException {

	public ImageMissingException(String message, @Nullable Throwable cause) {
		super(message, cause);
	}

}
