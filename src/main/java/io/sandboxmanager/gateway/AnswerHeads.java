package io.sandboxmanager.gateway;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.MessageConstraintException;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.impl.io.DefaultHttpResponseParser;
import org.apache.hc.core5.http.io.HttpMessageParser;
import org.apache.hc.core5.http.io.SessionInputBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the heads of the answers on one connection. The library limits each line and
 * their number; this limits the whole. It remembers the buffer, to tell whether a sandbox
 * sent more than its answer.
 */
final class AnswerHeads implements HttpMessageParser<ClassicHttpResponse> {

	private static final int MAX_HEADERS = 200;

	/** What holds for each line, and how many there may be. */
	static final Http1Config LIMITS = Http1Config.custom()
		.setMaxLineLength(GatewayConnector.MAX_HEAD)
		.setMaxHeaderCount(MAX_HEADERS)
		.build();

	private final DefaultHttpResponseParser parser = new DefaultHttpResponseParser(LIMITS);

	private @Nullable SessionInputBuffer buffer;

	@Override
	public ClassicHttpResponse parse(SessionInputBuffer buffer, InputStream in) throws IOException, HttpException {
		this.buffer = buffer;
		return this.parser.parse(buffer, new Head(in, buffer.length() > 0));
	}

	/** Whether bytes came that belong to no answer. */
	boolean hasMore() {
		return this.buffer != null && this.buffer.length() > 0;
	}

	/** What comes with the last piece of the head is not counted twice. */
	private static final class Head extends FilterInputStream {

		private int left = GatewayConnector.MAX_HEAD;

		private boolean begun;

		Head(InputStream in, boolean begun) {
			super(in);
			this.begun = begun;
		}

		@Override
		public int read(byte[] bytes, int offset, int length) throws IOException {
			if (this.left <= 0) {
				throw new MessageConstraintException(
						"the head of its answer is longer than " + GatewayConnector.MAX_HEAD + " bytes");
			}
			int size = super.read(bytes, offset, length);
			if (size < 0 && this.begun) {
				throw new ConnectionClosedException("the sandbox closed the connection in the middle of a head");
			}
			this.begun = true;
			this.left -= Math.max(size, 0);
			return size;
		}

	}

}
