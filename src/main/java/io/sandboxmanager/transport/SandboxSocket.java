package io.sandboxmanager.transport;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;

/**
 * The Unix domain socket of a sandbox. It is opened at exactly its path: what is there
 * must be a socket of this server's own user, in a folder that nobody else can change,
 * with no link on the way. So nothing that runs in a sandbox can make the server talk to
 * something else.
 */
public final class SandboxSocket {

	private static final int KIND = 0170000;

	private static final int SOCKET = 0140000;

	private static final int OTHERS_MAY_WRITE = 0022;

	private SandboxSocket() {
	}

	/**
	 * Connects, in blocking mode. The channel is the caller's to close.
	 * @throws ConnectException when nobody listens there, or the socket is not as it must
	 * be
	 */
	public static SocketChannel connect(Path path) throws IOException {
		check(path);
		SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
		try {
			channel.connect(UnixDomainSocketAddress.of(path));
			return channel;
		}
		catch (IOException ex) {
			channel.close();
			throw (ConnectException) new ConnectException("nobody listens on " + path + ": " + ex.getMessage())
				.initCause(ex);
		}
	}

	private static void check(Path path) throws IOException {
		Path folder = Objects.requireNonNull(path.getParent(), "a socket lies in a folder");
		Map<String, Object> socket = attributes(path);
		Map<String, Object> parent = attributes(folder);
		if ((mode(socket) & KIND) != SOCKET || !folder.toRealPath().equals(folder)) {
			throw new ConnectException(path + " is not a socket, or lies behind a link");
		}
		Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
		if (!self.equals(socket.get("uid")) || !self.equals(parent.get("uid"))
				|| (mode(parent) & OTHERS_MAY_WRITE) != 0) {
			throw new ConnectException(path + " or its folder could be changed by others");
		}
	}

	private static Map<String, Object> attributes(Path path) throws IOException {
		try {
			return Files.readAttributes(path, "unix:mode,uid", LinkOption.NOFOLLOW_LINKS);
		}
		catch (IOException ex) {
			throw (ConnectException) new ConnectException("there is no " + path).initCause(ex);
		}
	}

	private static int mode(Map<String, Object> attributes) {
		return (Integer) Objects.requireNonNull(attributes.get("mode"));
	}

}
