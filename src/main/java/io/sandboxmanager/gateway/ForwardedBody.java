package io.sandboxmanager.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

import org.apache.hc.core5.http.io.entity.AbstractHttpEntity;
import org.jspecify.annotations.Nullable;

/**
 * A caller's body on its way to a sandbox: piece by piece, each sent on at once.
 */
final class ForwardedBody extends AbstractHttpEntity {

	private final InputStream body;

	private final long length;

	private final Runnable onBroken;

	private final Runnable onSent;

	private volatile boolean broken;

	/**
	 * Makes a body that is read once.
	 * @param length its length, negative if unknown
	 * @param onBroken run when the caller broke off, before anything else is done with
	 * the connection to the sandbox
	 * @param onSent run when all of it was read
	 */
	ForwardedBody(InputStream body, long length, Runnable onBroken, Runnable onSent) {
		super((String) null, null, length < 0);
		this.body = body;
		this.length = length;
		this.onBroken = onBroken;
		this.onSent = onSent;
	}

	@Override
	public void writeTo(OutputStream out) throws IOException {
		byte[] piece = new byte[AnswerRelay.PIECE];
		out.flush(); // the head, which may be all that the sandbox needs to refuse
		for (int size = read(piece); size != -1; size = read(piece)) {
			out.write(piece, 0, size);
			out.flush();
		}
		this.onSent.run();
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
			this.onBroken.run();
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
	public @Nullable InputStream getContent() {
		return null;
	}

	@Override
	public void close() {
		// the caller's stream belongs to the web server
	}

}
