package io.sandboxmanager.sandbox;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

import org.jspecify.annotations.Nullable;

/**
 * Bytes that were read within a {@link ByteBudget}, which gets them back when this is
 * closed. They are kept in pieces, so that nothing is copied while they become more.
 */
public final class HeldBytes implements AutoCloseable {

	private static final int PIECE = ByteBudget.FREE;

	private final ByteBudget.@Nullable Share share;

	private final int weight;

	private final List<byte[]> pieces = new ArrayList<>();

	private long length;

	/**
	 * Holds nothing yet.
	 * @param weight how many bytes of memory each byte costs with all that is made of it
	 */
	public HeldBytes(ByteBudget budget, int weight) {
		this(weight, budget.open());
	}

	private HeldBytes(int weight, ByteBudget.@Nullable Share share) {
		this.share = share;
		this.weight = weight;
	}

	/** Bytes of our own, which take of no budget; the array must not change any more. */
	static HeldBytes of(byte[] bytes) {
		HeldBytes free = new HeldBytes(1, null);
		free.replace(bytes);
		return free;
	}

	/**
	 * Reads the stream to its end, if that is within the limit.
	 * @return whether it was
	 * @throws ServerBusyException when the budget has no room for it in time
	 */
	public boolean read(InputStream in, long limit) throws IOException {
		while (this.length <= limit) {
			int wanted = (int) Math.min(PIECE, limit + 1 - this.length);
			if (this.share != null) {
				this.share.grow(cost(wanted));
			}
			byte[] piece = in.readNBytes(wanted);
			this.pieces.add(piece);
			this.length += piece.length;
			if (piece.length < wanted) {
				break;
			}
		}
		return this.length <= limit;
	}

	/** What is small is free, whatever is made of it; the second piece pays for both. */
	private long cost(int bytes) {
		if (this.length == 0) {
			return bytes;
		}
		long before = (this.length == PIECE) ? PIECE * (this.weight - 1L) : 0;
		return before + (long) bytes * this.weight;
	}

	/** Keeps these bytes instead, in the memory that the others have taken. */
	public void replace(byte[] bytes) {
		clear();
		this.pieces.add(bytes);
		this.length = bytes.length;
	}

	/** Drops the bytes but not the memory: something else was made of them. */
	public void clear() {
		this.pieces.clear();
		this.length = 0;
	}

	public int length() {
		return (int) this.length;
	}

	public InputStream stream() {
		return new SequenceInputStream(
				Collections.enumeration(this.pieces.stream().map(ByteArrayInputStream::new).toList()));
	}

	public void writeTo(OutputStream out) throws IOException {
		for (byte[] piece : this.pieces) {
			out.write(piece);
		}
	}

	/** A copy, so not for what may be large. */
	public byte[] toByteArray() {
		ByteArrayOutputStream copy = new ByteArrayOutputStream(length());
		try {
			writeTo(copy);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		return copy.toByteArray();
	}

	@Override
	public void close() {
		if (this.share != null) {
			this.share.close();
		}
	}

	@Override
	public boolean equals(Object other) {
		return other instanceof HeldBytes bytes && Arrays.equals(toByteArray(), bytes.toByteArray());
	}

	@Override
	public int hashCode() {
		return Arrays.hashCode(toByteArray());
	}

}
