package io.sandboxmanager.security;

import java.util.List;

import org.jspecify.annotations.Nullable;

/** Whom the settings let in without a ticket. */
public final class DoorPolicy {

	private final BearerToken token;

	private final boolean desktopsAreGuarded;

	public DoorPolicy(BearerToken token, SecurityProperties properties) {
		this.token = token;
		this.desktopsAreGuarded = properties.desktopRequiresAuth();
	}

	/**
	 * Whether these credentials, or none, open every sandbox for a purpose. Without a
	 * token everybody on this machine may see them, but not the web pages that somebody
	 * happens to look at.
	 * @param ofOtherPage whether a browser says that another page than this server's asks
	 */
	public boolean admitsCaller(@Nullable String authorization, boolean ofOtherPage, Purpose purpose) {
		if (!this.token.isRequired()) {
			return !ofOtherPage;
		}
		boolean open = purpose == Purpose.VNC && !this.desktopsAreGuarded;
		List<String> credentials = (authorization != null) ? List.of(authorization) : List.of();
		return open || this.token.judge(credentials) == BearerToken.Verdict.RIGHT;
	}

}
