package io.sandboxmanager.backend.docker;

import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.backend.ContainerRefusedException;
import io.sandboxmanager.backend.docker.ImageUser.Ids;

/**
 * Turns an image's {@code user[:group]} into numbers as the engine does: a user without a
 * group has its first group of {@code /etc/passwd}, an unknown number has group 0.
 */
final class UserNames {

	private final List<String[]> users;

	private final List<String[]> groups;

	UserNames(String passwd, String group) {
		this.users = lines(passwd);
		this.groups = lines(group);
	}

	/** The numbers, if they follow from the text alone. */
	static Optional<Ids> withoutFiles(String user) {
		String[] parts = user.split(":", 2);
		if (parts.length == 1) {
			return (user.isEmpty() || user.equals("root") || user.equals("0")) ? Optional.of(Ids.ROOT)
					: Optional.empty();
		}
		return (isNumber(parts[0]) && isNumber(parts[1]))
				? Optional.of(new Ids(Long.parseLong(parts[0]), Long.parseLong(parts[1]))) : Optional.empty();
	}

	Ids resolve(String user) {
		String[] parts = user.split(":", 2);
		String[] entry = find(this.users, parts[0]);
		long uid = number(user, parts[0], entry);
		if (parts.length == 2 && !parts[1].isEmpty()) {
			return new Ids(uid, number(user, parts[1], find(this.groups, parts[1])));
		}
		if (entry != null && entry.length > 3 && isNumber(entry[3])) {
			return new Ids(uid, Long.parseLong(entry[3]));
		}
		return new Ids(uid, 0);
	}

	private static long number(String user, String name, String @Nullable [] entry) {
		if (entry != null && isNumber(entry[2])) {
			return Long.parseLong(entry[2]);
		}
		if (isNumber(name)) {
			return Long.parseLong(name);
		}
		throw new ContainerRefusedException(
				"the image runs as user '" + user + "', but '" + name + "' is not in its /etc/passwd or /etc/group",
				null);
	}

	private static String @Nullable [] find(List<String[]> entries, String nameOrNumber) {
		for (String[] entry : entries) {
			if (entry[0].equals(nameOrNumber) || entry[2].equals(nameOrNumber)) {
				return entry;
			}
		}
		return null;
	}

	private static List<String[]> lines(String file) {
		return file.lines().map((line) -> line.split(":", -1)).filter((fields) -> fields.length > 2).toList();
	}

	private static boolean isNumber(String text) {
		return !text.isEmpty() && text.length() < 11 && text.chars().allMatch((c) -> c >= '0' && c <= '9');
	}

}
