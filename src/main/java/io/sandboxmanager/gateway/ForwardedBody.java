package io.sandboxmanager.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;

import jakarta.servlet.http.HttpServletRequest;
import org.apache.hc.core5.function.Supplier;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.io.entity.AbstractHttpEntity;
import org.jspecify.annotations.Nullable;

/**
 * A caller's body on its way to a sandbox: piece by piece, each sent on at once.
 */
final class ForwardedBody extends AbstractHttpEntity {

	private final HttpServletRequest request;

	private final InputStream body;

	private final long length;

	private final Progress progress;

	private volatile boolean broken;

	/**
	 * Makes a body that is read once.
	 * @param length its length, negative if unknown
	 */
	ForwardedBody(HttpServletRequest request, long length, Progress progress) throws IOException {
		super((String) null, null, length < 0);
		this.request = request;
		this.body = request.getInputStream();
		this.length = length;
		this.progress = progress;
	}

	@Override
	public void writeTo(OutputStream out) throws IOException {
		byte[] piece = new byte[AnswerRelay.PIECE];
		if (this.body.available() == 0) {
			write(out, piece, 0); // the sandbox may refuse for the head alone
		}
		for (int size = read(piece); size != -1; size = read(piece)) {
			write(out, piece, size);
		}
		this.progress.sent();
	}

	private void write(OutputStream out, byte[] piece, int size) throws IOException {
		this.progress.sending();
		out.write(piece, 0, size);
		out.flush();
		this.progress.taken();
	}

	/**
	 * The stream that is written to ends a body properly when it is closed, also after an
	 * exception: what was cut off would look complete to the sandbox. So its connection
	 * is closed first.
	 */
	private int read(byte[] piece) throws IOException {
		try {
			return this.body.read(piece);
		}
		catch (IOException ex) {
			this.broken = true;
			this.progress.broken();
			throw ex;
		}
	}

	/** Whether the caller broke off. */
	boolean isBroken() {
		return this.broken;
	}

	@Override
	public long getContentLength() {
		return this.length;
	}

	@Override
	public boolean isStreaming() {
		return true;
	}

	@Override
	public boolean isRepeatable() {
		return false;
	}

	@Override
	public Supplier<List<? extends Header>> getTrailers() {
		return () -> Trailers.of(this.request);
	}

	@Override
	public @Nullable InputStream getContent() {
		return null;
	}

	@Override
	public void close() {
		// the caller's stream belongs to the web server
	}

	/** Is told how far the body has come. */
	interface Progress {

		/** A piece is about to be sent. */
		void sending();

		/** The piece is on its way. */
		void taken();

		/** All of it is. */
		void sent();

		/**
		 * The caller broke off; told before anything else is done with the connection to
		 * the sandbox.
		 */
		void broken();

	}

}
