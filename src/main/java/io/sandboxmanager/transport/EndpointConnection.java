package io.sandboxmanager.transport;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CharsetEncoder;

import org.apache.hc.client5.http.impl.io.DefaultHttpResponseParserFactory;
import org.apache.hc.client5.http.impl.io.DefaultManagedHttpClientConnection;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.HttpMessageParserFactory;
import org.apache.hc.core5.http.io.ResponseOutOfOrderStrategy;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a sandbox. Whether the other end has closed it, or has sent what nobody
 * asked for, can be looked at each time before it is used again: unlike the library's way
 * this takes no time.
 */
public class EndpointConnection extends DefaultManagedHttpClientConnection {

	/**
	 * Creates a connection with particular ways to read.
	 * @param decoder for the head of an answer, {@code null} for ASCII
	 * @param encoder for the head of a request, {@code null} for ASCII
	 * @param outOfOrder whether an answer may come before the end of the request
	 * @param answers reads the heads of answers
	 */
	protected EndpointConnection(@Nullable CharsetDecoder decoder, @Nullable CharsetEncoder encoder, Http1Config limits,
			@Nullable ResponseOutOfOrderStrategy outOfOrder, HttpMessageParserFactory<ClassicHttpResponse> answers) {
		super("sandbox", decoder, encoder, limits, null, null, outOfOrder, null, answers);
	}

	static EndpointConnection of(@Nullable Socket socket) throws IOException {
		EndpointConnection connection = new EndpointConnection(null, null, Http1Config.DEFAULT, null,
				DefaultHttpResponseParserFactory.INSTANCE);
		if (socket != null) {
			connection.bind(socket);
		}
		return connection;
	}

	@Override
	public boolean isStale() throws IOException {
		if (!isOpen()) {
			return true;
		}
		SocketChannel channel = (getSSLSession() == null) ? getSocket().getChannel() : null;
		return (channel != null) ? !isQuiet(channel) : super.isStale();
	}

	private static boolean isQuiet(SocketChannel channel) throws IOException {
		boolean blocking = channel.isBlocking();
		channel.configureBlocking(false);
		try {
			return channel.read(ByteBuffer.allocate(1)) == 0;
		}
		catch (IOException ex) {
			return false;
		}
		finally {
			channel.configureBlocking(blocking);
		}
	}

}
