package io.sandboxmanager.api;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import io.sandboxmanager.gateway.AnswerRewriter;
import io.sandboxmanager.gateway.PrefixRewriter;

/**
 * Keeps what a port of a sandbox says of addresses below the path at which a browser sees
 * the port. It may mean itself by its own address, by the server's or by none; whatever
 * would climb out of that path ends at its top. Redirects to other sites stay.
 */
final class PortRewriter implements AnswerRewriter {

	private static final Pattern WITH_HOST = Pattern.compile("(?:https?:)?//([^/?#]*)(.*)",
			Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

	private static final Pattern WITH_SCHEME = Pattern.compile("[a-z][a-z0-9+.-]*:.*",
			Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

	private static final Pattern HERE = Pattern.compile("\\.|%2e", Pattern.CASE_INSENSITIVE);

	private static final Pattern ABOVE = Pattern.compile("(\\.|%2e){2}", Pattern.CASE_INSENSITIVE);

	private final String prefix;

	private final String folder;

	private final Set<String> own;

	private final PrefixRewriter cookies;

	/**
	 * Makes a rewriter for the answer to one request.
	 * @param prefix the path at which the port is seen, without a slash at the end
	 * @param asked what was asked of it below that
	 * @param own the authorities by which it may mean itself, in lower case
	 */
	PortRewriter(String prefix, String asked, Set<String> own, PrefixRewriter cookies) {
		this.prefix = prefix;
		this.folder = asked.substring(0, asked.lastIndexOf('/') + 1);
		this.own = own;
		this.cookies = cookies;
	}

	@Override
	public String location(String location) {
		String target = asBrowsersReadIt(location);
		Matcher withHost = WITH_HOST.matcher(target);
		if (withHost.matches()) {
			boolean itself = this.own.contains(withHost.group(1).toLowerCase(Locale.ROOT));
			return itself ? below(withHost.group(2)) : location;
		}
		if (target.startsWith("/")) {
			return below(target);
		}
		boolean leavesAlone = WITH_SCHEME.matcher(target).matches() || !climbs(target);
		return leavesAlone ? location : below(this.folder + target);
	}

	@Override
	public String cookie(String cookie) {
		return this.cookies.cookie(cookie);
	}

	/** They take backslashes for slashes and pass over tabs. */
	private static String asBrowsersReadIt(String location) {
		String target = location.replaceAll("[\\t\\r\\n]", "").strip();
		int end = endOfPath(target);
		return target.substring(0, end).replace('\\', '/') + target.substring(end);
	}

	private String below(String target) {
		int end = endOfPath(target);
		String path = shortened(target.substring(0, end));
		boolean alreadyBelow = path.equals(this.prefix) || path.startsWith(this.prefix + "/");
		return (alreadyBelow ? path : this.prefix + path) + target.substring(end);
	}

	private static String shortened(String path) {
		Deque<String> kept = new ArrayDeque<>();
		String last = "";
		for (String segment : path.substring(path.startsWith("/") ? 1 : 0).split("/", -1)) {
			last = segment;
			if (ABOVE.matcher(segment).matches()) {
				kept.pollLast();
			}
			else if (!HERE.matcher(segment).matches()) {
				kept.addLast(segment);
			}
		}
		boolean isFolder = ABOVE.matcher(last).matches() || HERE.matcher(last).matches();
		return "/" + String.join("/", kept) + ((isFolder && !kept.isEmpty()) ? "/" : "");
	}

	private static boolean climbs(String target) {
		for (String segment : target.substring(0, endOfPath(target)).split("/", -1)) {
			if (ABOVE.matcher(segment).matches()) {
				return true;
			}
		}
		return false;
	}

	private static int endOfPath(String target) {
		for (int i = 0; i < target.length(); i++) {
			if (target.charAt(i) == '?' || target.charAt(i) == '#') {
				return i;
			}
		}
		return target.length();
	}

}
