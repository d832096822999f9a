package io.sandboxmanager.gateway;

import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * The headers that belong to one connection: those that always do, and those that a
 * message's {@code Connection} header names.
 */
final class HopByHop {

	private static final Set<String> ALWAYS = Set.of("connection", "keep-alive", "proxy-authenticate",
			"proxy-authorization", "proxy-connection", "te", "trailers", "transfer-encoding", "upgrade",
			"http2-settings");

	private final Set<String> named = new HashSet<>();

	HopByHop(Collection<String> connectionHeaders) {
		for (String header : connectionHeaders) {
			for (String name : header.split(",", -1)) {
				this.named.add(name.strip().toLowerCase(Locale.ROOT));
			}
		}
	}

	boolean contains(String lowerCaseName) {
		return ALWAYS.contains(lowerCaseName) || this.named.contains(lowerCaseName);
	}

	boolean names(String option) {
		return this.named.contains(option);
	}

}
