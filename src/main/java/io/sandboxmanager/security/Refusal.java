package io.sandboxmanager.security;

import java.io.IOException;

import jakarta.servlet.http.HttpServletResponse;

/**
 * The answer of a filter that lets a request go no further, in the form that callers know
 * errors in.
 */
@FunctionalInterface
public interface Refusal {

	void write(HttpServletResponse response, int status, String detail) throws IOException;

}
