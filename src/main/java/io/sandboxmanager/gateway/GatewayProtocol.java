package io.sandboxmanager.gateway;

import java.io.IOException;
import java.util.AbstractSet;
import java.util.Collections;
import java.util.Iterator;
import java.util.Set;

import org.apache.coyote.Adapter;
import org.apache.coyote.Processor;
import org.apache.coyote.http11.Http11NioProtocol;
import org.apache.coyote.http11.Http11Processor;
import org.apache.tomcat.util.net.AbstractEndpoint.Handler.SocketState;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketWrapperBase;
import org.jspecify.annotations.Nullable;

/**
 * Tomcat's HTTP/1.1, with the {@link ClientConnection} attached to each request, with
 * trailers, and with threads that wait a moment for the {@link NextRequest}. Tomcat makes
 * it from its name.
 */
public class GatewayProtocol extends Http11NioProtocol {

	/**
	 * Of all threads so many may wait for the next request of one client: one in four. Of
	 * virtual ones, which are not counted, none does.
	 */
	private static final int SHARE = 4;

	private final NextRequest next = new NextRequest(() -> getMaxThreads() / SHARE);

	@Override
	protected Processor createProcessor() {
		return new ConnectionProcessor(this, getAdapter());
	}

	@Override
	protected Set<String> getAllowedTrailerHeadersInternal() {
		return new AllowedTrailers();
	}

	@Override
	public void destroy() throws Exception {
		try {
			super.destroy();
		}
		finally {
			this.next.close();
		}
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

		private final GatewayProtocol gateway;

		ConnectionProcessor(GatewayProtocol protocol, Adapter adapter) {
			super(protocol, adapter);
			this.gateway = protocol;
		}

		/**
		 * A client that asks again at once is answered by the same thread. What is
		 * encrypted may have been read before: that is left to Tomcat.
		 */
		@Override
		public SocketState service(SocketWrapperBase<?> socket) throws IOException {
			SocketState state = super.service(socket);
			boolean mayWait = state == SocketState.OPEN && !this.gateway.isSSLEnabled();
			return (mayWait && socket.getSocket() instanceof NioChannel channel) ? serviceOn(channel, socket) : state;
		}

		private SocketState serviceOn(NioChannel channel, SocketWrapperBase<?> socket) throws IOException {
			SocketState state = SocketState.OPEN;
			try (NextRequest.Watch watch = this.gateway.next.over(channel.getIOChannel())) {
				while (state == SocketState.OPEN && !this.gateway.isPaused() && watch.sees()) {
					state = super.service(socket);
				}
			}
			return state;
		}

		/** Asked for once per request, when its head has been read. */
		@Override
		public Adapter getAdapter() {
			new ClientConnection(getSocketWrapper(), this.response).attachTo(this.request);
			return super.getAdapter();
		}

	}

}
