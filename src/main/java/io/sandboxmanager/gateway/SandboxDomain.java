package io.sandboxmanager.gateway;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.SandboxId;

/**
 * The domain below which ports and desktops of sandboxes have hosts of their own,
 * {@code <id>-<place>.<domain>}. A browser keeps what it shows there apart from this
 * server and from other sandboxes by itself.
 */
public final class SandboxDomain {

	private static final String LABEL = "([0-9a-z]+)-([0-9a-z]+)\\.";

	private final @Nullable String domain;

	private final @Nullable Pattern hosts;

	private final PublicAddress address;

	public SandboxDomain(PublicProperties properties, PublicAddress address) {
		String set = properties.sandboxDomain();
		this.domain = (set != null) ? set.toLowerCase(Locale.ROOT) : null;
		this.hosts = (this.domain != null) ? Pattern.compile(LABEL + Pattern.quote(this.domain) + "\\.?(:[0-9]{1,5})?")
				: null;
		this.address = address;
	}

	/** Whether there is one. */
	public boolean isSet() {
		return this.domain != null;
	}

	/** The host of a sandbox that a request was sent to, if it was. */
	Optional<OwnHost> of(HttpServletRequest request) {
		String host = request.getHeader("Host");
		if (this.hosts == null || host == null) {
			return Optional.empty();
		}
		Matcher matcher = this.hosts.matcher(host.toLowerCase(Locale.ROOT));
		return (matcher.matches() && SandboxId.isValid(matcher.group(1)) && isPlace(matcher.group(2)))
				? Optional.of(new OwnHost(new SandboxId(matcher.group(1)), matcher.group(2))) : Optional.empty();
	}

	private static boolean isPlace(String text) {
		return OwnHost.SCREEN.equals(text) || PortNumber.in(text).isPresent();
	}

	/** The address of a host, as the sender of a request reaches it, without a path. */
	Optional<String> address(OwnHost host, HttpServletRequest request) {
		if (this.domain == null) {
			return Optional.empty();
		}
		URI server = URI.create(this.address.of(request));
		return Optional.of(server.getScheme() + "://" + host.sandbox().value() + "-" + host.place() + "." + this.domain
				+ ((server.getPort() != -1) ? ":" + server.getPort() : ""));
	}

}
