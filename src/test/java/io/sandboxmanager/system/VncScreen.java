package io.sandboxmanager.system;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Map;

import javax.crypto.Cipher;
import javax.crypto.spec.SecretKeySpec;

/**
 * Watches a screen: a client of VNC (RFB 3.8) over a WebSocket, as far as pictures go.
 */
final class VncScreen implements AutoCloseable {

	private static final int PASSWORD_LENGTH = 8;

	private static final byte VNC_AUTHENTICATION = 2;

	private final ByteStreamSocket socket;

	private int width;

	private int height;

	private VncScreen(ByteStreamSocket socket) {
		this.socket = socket;
	}

	/**
	 * Connects and shows the password.
	 * @throws Refused when it is not the screen's
	 */
	static VncScreen open(URI address, Map<String, String> headers, String password) {
		VncScreen screen = new VncScreen(ByteStreamSocket.open(address, headers));
		try {
			screen.shakeHands(password);
			return screen;
		}
		catch (RuntimeException | Error ex) {
			screen.close();
			throw ex;
		}
	}

	private void shakeHands(String password) {
		byte[] version = this.socket.read(12);
		if (!new String(version, StandardCharsets.US_ASCII).equals("RFB 003.008\n")) {
			throw new AssertionError("expected RFB 3.8, not " + new String(version, StandardCharsets.US_ASCII));
		}
		this.socket.send(version);
		byte[] kinds = this.socket.read(this.socket.read(1)[0]);
		if (!Arrays.equals(kinds, new byte[] { VNC_AUTHENTICATION })) {
			throw new AssertionError("expected a password to be the only way in, not " + Arrays.toString(kinds));
		}
		this.socket.send(VNC_AUTHENTICATION);
		this.socket.send(response(this.socket.read(16), password));
		if (readInt() != 0) {
			throw new Refused(new String(this.socket.read(readInt()), StandardCharsets.UTF_8));
		}
		this.socket.send((byte) 1);
		ByteBuffer told = ByteBuffer.wrap(this.socket.read(24));
		this.width = told.getShort() & 0xffff;
		this.height = told.getShort() & 0xffff;
		this.socket.read(told.getInt(20));
		// Four bytes a pixel: blue, green, red and nothing; and all pixels as they are.
		this.socket.send(new byte[] { 0, 0, 0, 0, 32, 24, 0, 1, 0, (byte) 255, 0, (byte) 255, 0, (byte) 255, 16, 8, 0,
				0, 0, 0 });
		this.socket.send(new byte[] { 2, 0, 0, 1, 0, 0, 0, 0 });
	}

	private static byte[] response(byte[] challenge, String password) {
		byte[] key = Arrays.copyOf(password.getBytes(StandardCharsets.ISO_8859_1), PASSWORD_LENGTH);
		for (int i = 0; i < key.length; i++) {
			key[i] = (byte) (Integer.reverse(key[i]) >>> 24);
		}
		try {
			Cipher des = Cipher.getInstance("DES/ECB/NoPadding");
			des.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "DES"));
			return des.doFinal(challenge);
		}
		catch (GeneralSecurityException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private int readInt() {
		return ByteBuffer.wrap(this.socket.read(4)).getInt();
	}

	int width() {
		return this.width;
	}

	int height() {
		return this.height;
	}

	/** All pixels as they are now, row by row, {@code 0xRRGGBB} each. */
	int[] picture() {
		this.socket.send(ByteBuffer.allocate(10)
			.put((byte) 3)
			.put((byte) 0)
			.putShort((short) 0)
			.putShort((short) 0)
			.putShort((short) this.width)
			.putShort((short) this.height)
			.array());
		int[] pixels = new int[this.width * this.height];
		Arrays.fill(pixels, -1);
		int left = pixels.length;
		while (left > 0) {
			left -= readUpdate(pixels);
		}
		return pixels;
	}

	private int readUpdate(int[] pixels) {
		byte kind = this.socket.read(1)[0];
		if (kind != 0) {
			skip(kind);
			return 0;
		}
		int rectangles = ByteBuffer.wrap(this.socket.read(3)).getShort(1) & 0xffff;
		int fresh = 0;
		for (int i = 0; i < rectangles; i++) {
			fresh += readRectangle(pixels);
		}
		return fresh;
	}

	private int readRectangle(int[] pixels) {
		ByteBuffer head = ByteBuffer.wrap(this.socket.read(12));
		int x = head.getShort() & 0xffff;
		int y = head.getShort() & 0xffff;
		int across = head.getShort() & 0xffff;
		int down = head.getShort() & 0xffff;
		if (head.getInt() != 0) {
			throw new AssertionError("expected raw pixels, not encoding " + head.getInt(8));
		}
		ByteBuffer data = ByteBuffer.wrap(this.socket.read(across * down * 4));
		int fresh = 0;
		for (int row = y; row < y + down; row++) {
			for (int column = x; column < x + across; column++) {
				int place = row * this.width + column;
				fresh += (pixels[place] < 0) ? 1 : 0;
				pixels[place] = Integer.reverseBytes(data.getInt()) & 0xffffff;
			}
		}
		return fresh;
	}

	/** Colours, a bell and a clipboard are not asked for, and come nevertheless. */
	private void skip(byte kind) {
		switch (kind) {
			case 2 -> {
			}
			case 3 -> {
				this.socket.read(3);
				this.socket.read(readInt());
			}
			default -> throw new AssertionError("an unknown message of kind " + kind);
		}
	}

	@Override
	public void close() {
		this.socket.close();
	}

	/** The password is not the screen's. */
	static final class Refused extends RuntimeException {

		private static final long serialVersionUID = 1L;

		Refused(String message) {
			super(message);
		}

	}

}
