package io.sandboxmanager.gateway;

import org.apache.coyote.Adapter;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;

/**
 * Tomcat's HTTP/1.1, with the {@link ClientConnection} attached to each request. Tomcat
 * makes it from its name.
 */
public class GatewayProtocol extends Http11NioProtocol {

	@Override
	protected Processor createProcessor() {
		return new ConnectionProcessor(this, getAdapter());
	}

	private static final class ConnectionProcessor extends Http11Processor {

		ConnectionProcessor(GatewayProtocol protocol, Adapter adapter) {
			super(protocol, adapter);
		}

		/** Asked for once per request, when its head has been read. */
		@Override
		public Adapter getAdapter() {
			new ClientConnection(getSocketWrapper(), this.response).attachTo(this.request);
			return super.getAdapter();
		}

	}

}
