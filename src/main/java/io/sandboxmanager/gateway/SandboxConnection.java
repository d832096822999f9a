package io.sandboxmanager.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

import org.apache.hc.client5.http.io.ManagedHttpClientConnection;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ContentLengthStrategy;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.impl.io.ChunkedInputStream;
import org.apache.hc.core5.http.io.SessionInputBuffer;
import org.jspecify.annotations.Nullable;

import io.sandboxmanager.transport.EndpointConnection;

/**
 * A connection to a sandbox that can be used again. Each time it is looked at right
 * before something is sent: one that was closed, or on which something came that nobody
 * asked for, is given up while the request can still go over another.
 */
final class SandboxConnection extends EndpointConnection {

	private final AnswerHeads heads;

	private boolean used;

	private SandboxConnection(AnswerHeads heads) {
		super(StandardCharsets.ISO_8859_1.newDecoder(), StandardCharsets.ISO_8859_1.newEncoder(), AnswerHeads.LIMITS,
				new EarlyAnswer(), (limits) -> heads);
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

	@Override
	public boolean isStale() throws IOException {
		return this.heads.hasMore() || super.isStale();
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
