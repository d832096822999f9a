package io.sandboxmanager.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

import org.apache.hc.client5.http.impl.io.DefaultManagedHttpClientConnection;
import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ContentLengthStrategy;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.impl.io.ChunkedInputStream;
import org.apache.hc.core5.http.io.SessionInputBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a sandbox that can be used again. Each time it is looked at right
 * before something is sent: one that was closed, or on which something came that nobody
 * asked for, is given up while the request can still go over another.
 */
final class SandboxConnection extends DefaultManagedHttpClientConnection {

	private final AnswerHeads heads;

	private boolean used;

	private SandboxConnection(AnswerHeads heads) {
		super("sandbox", StandardCharsets.ISO_8859_1.newDecoder(), StandardCharsets.ISO_8859_1.newEncoder(),
				AnswerHeads.LIMITS, null, null, new EarlyAnswer(), null, (limits) -> heads);
		this.heads = heads;
	}

	static ManagedHttpClientConnection of(@Nullable Socket socket) throws IOException {
		SandboxConnection connection = new SandboxConnection(new AnswerHeads());
		if (socket != null) {
			connection.bind(socket);
		}
		return connection;
	}

	@Override
	public void sendRequestHeader(ClassicHttpRequest request) throws HttpException, IOException {
		if (this.used && isStale()) {
			close();
			throw new StaleConnectionException();
		}
		this.used = true;
		super.sendRequestHeader(request);
	}

	@Override
	protected InputStream createContentInputStream(long length, SessionInputBuffer buffer, InputStream in) {
		return (length == ContentLengthStrategy.CHUNKED) ? new Chunks(buffer, in)
				: super.createContentInputStream(length, buffer, in);
	}

	@Override
	public boolean isConsistent() {
		return super.isConsistent() && !this.heads.hasMore();
	}

	/** Unlike the library's way this takes no time. */
	@Override
	public boolean isStale() throws IOException {
		if (!isOpen() || this.heads.hasMore()) {
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

	/** The library's own sees nothing of a chunk that it has not begun to read. */
	private static final class Chunks extends ChunkedInputStream {

		private final SessionInputBuffer buffer;

		Chunks(SessionInputBuffer buffer, InputStream in) {
			super(buffer, in, AnswerHeads.LIMITS);
			this.buffer = buffer;
		}

		@Override
		public int available() throws IOException {
			return Math.max(super.available(), this.buffer.length());
		}

	}

}
