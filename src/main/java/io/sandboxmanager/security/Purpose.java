package io.sandboxmanager.security;

/** What of a sandbox a ticket opens. */
public enum Purpose {

	/** Its browser, over the Chrome DevTools Protocol. */
	CDP,

	/** Its screen: the pages that show it, and VNC. */
	VNC,

	/** What listens on the ports that its type opens. */
	PORTS

}
