package io.sandboxmanager.transport;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.client5.http.SchemePortResolver;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.io.HttpClientConnectionOperator;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.net.NamedEndpoint;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.Endpoint;

/**
 * Connections of an HTTP client to sandboxes, wherever they answer. Each Unix domain
 * socket is a route of its own in the client's pool, as each address is: no two sandboxes
 * share a connection.
 */
public final class EndpointConnections {

	private EndpointConnections() {
	}

	/** A pool of {@link EndpointConnection}s to addresses and to sockets. */
	public static PoolingHttpClientConnectionManagerBuilder pool() {
		PoolingHttpClientConnectionManagerBuilder pool = new PoolingHttpClientConnectionManagerBuilder() {

			@Override
			protected HttpClientConnectionOperator createConnectionOperator(SchemePortResolver ports, DnsResolver names,
					TlsSocketStrategy tls) {
				return new Operator(ports, names, tls);
			}

		};
		return pool.setConnectionFactory(EndpointConnection::of);
	}

	/** Leads a request to where a sandbox answers. */
	public static RequestConfig.Builder leadTo(Endpoint endpoint, RequestConfig.Builder request) {
		return request.setUnixDomainSocket(socket(endpoint));
	}

	/** How a pool knows the way to where a sandbox answers. */
	public static HttpRoute route(Endpoint endpoint) {
		URI url = endpoint.resolve("");
		HttpHost host = new HttpHost(url.getScheme(), url.getHost(), endpoint.port());
		return new HttpRoute(host, URIScheme.HTTPS.same(url.getScheme()), socket(endpoint));
	}

	private static @Nullable Path socket(Endpoint endpoint) {
		return endpoint.socket().map(Path::of).orElse(null);
	}

	private static final class Operator extends DefaultHttpClientConnectionOperator {

		Operator(SchemePortResolver ports, DnsResolver names, TlsSocketStrategy tls) {
			super(Operator::socket, ports, names,
					RegistryBuilder.<TlsSocketStrategy>create().register("https", tls).build());
		}

		/** One with a channel, which can be looked at without waiting. */
		private static Socket socket(@Nullable Proxy proxy) throws IOException {
			return (proxy != null) ? new Socket(proxy) : SocketChannel.open().socket();
		}

		@Override
		public void connect(ManagedHttpClientConnection connection, HttpHost host, @Nullable NamedEndpoint name,
				@Nullable Path socket, @Nullable InetSocketAddress local, Timeout timeout, SocketConfig config,
				@Nullable Object attachment, HttpContext context) throws IOException {
			if (socket == null) {
				super.connect(connection, host, name, null, local, timeout, config, attachment, context);
				return;
			}
			SocketChannel channel = SandboxSocket.connect(socket);
			try {
				Socket connected = new UnixSocket(channel);
				connected.setSoTimeout(config.getSoTimeout().toMillisecondsIntBound());
				connection.bind(connected);
			}
			catch (IOException | RuntimeException ex) {
				channel.close();
				throw ex;
			}
		}

	}

}
