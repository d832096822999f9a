package io.sandboxmanager.gateway;

import jakarta.servlet.http.WebConnection;
import org.apache.coyote.http11.upgrade.InternalHttpUpgradeHandler;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.SSLSupport;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * Hands a client's connection to a tunnel when the web server is done with the handshake.
 * The web server makes it.
 */
public final class TunnelUpgrade implements InternalHttpUpgradeHandler {

	private @Nullable Tunnel tunnel;

	private @Nullable SocketWrapperBase<?> wrapper;

	void prepare(Tunnel tunnel) {
		this.tunnel = tunnel;
	}

	@Override
	public void setSocketWrapper(SocketWrapperBase<?> wrapper) {
		this.wrapper = wrapper;
	}

	@Override
	public void init(WebConnection connection) {
		if (this.tunnel != null && this.wrapper != null) {
			this.tunnel.start(new TunnelClient(this.wrapper));
		}
	}

	/** The tunnel reads and writes by itself. */
	@Override
	public boolean hasAsyncIO() {
		return true;
	}

	/** Only comes when the web server gives up the connection. */
	@Override
	public SocketState upgradeDispatch(SocketEvent event) {
		destroy();
		return SocketState.CLOSED;
	}

	@Override
	public void destroy() {
		if (this.tunnel != null) {
			this.tunnel.close();
		}
	}

	@Override
	public void pause() {
		// a tunnel that is open stays open until the server stops
	}

	@Override
	public void setSslSupport(SSLSupport support) {
		// the tunnel has no use for the client's certificate
	}

	@Override
	public void timeoutAsync(long now) {
		// the tunnel has its own limits
	}

}
