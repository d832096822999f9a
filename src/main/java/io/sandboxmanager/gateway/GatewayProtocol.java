package io.sandboxmanager.gateway;

import java.util.AbstractSet;
import java.util.Collections;
import java.util.Iterator;
import java.util.Set;

import org.apache.coyote.Adapter;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;

import org.jspecify.annotations.Nullable;

/**
 * Tomcat's HTTP/1.1, with the {@link ClientConnection} attached to each request, and with
 * trailers. Tomcat makes it from its name.
 */
public class GatewayProtocol extends Http11NioProtocol {

	@Override
	protected Processor createProcessor() {
		return new ConnectionProcessor(this, getAdapter());
	}

	@Override
	protected Set<String> getAllowedTrailerHeadersInternal() {
		return new AllowedTrailers();
	}

	/** Tomcat asks for names; nobody can list them all. */
	private static final class AllowedTrailers extends AbstractSet<String> {

		@Override
		public boolean contains(@Nullable Object name) {
			return name instanceof String text && Trailers.isAllowed(text);
		}

		@Override
		public Iterator<String> iterator() {
			return Collections.emptyIterator();
		}

		@Override
		public int size() {
			return 0;
		}

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
