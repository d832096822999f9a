package io.sandboxmanager.workspace;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

import org.jspecify.annotations.Nullable;

/** Tells whether a path that a caller named stays where callers may go. */
public final class PathGuard {

	private PathGuard() {
	}

	/**
	 * Whether a path lies at or below a root, by its name and also by where the links on
	 * its way lead. Neither needs to exist.
	 */
	public static boolean isWithin(Path path, Path root) {
		if (!path.startsWith(root)) {
			return false;
		}
		Path existing = existingPart(path);
		if (existing == null || !existing.startsWith(root)) {
			return true; // not even the root is there yet
		}
		try {
			return existing.toRealPath().startsWith(root.toRealPath());
		}
		catch (NoSuchFileException ex) {
			boolean leadsNowhere = Files.isSymbolicLink(existing);
			return !leadsNowhere && isWithin(path, root); // it was moved away just now
		}
		catch (IOException ex) {
			throw new WorkspaceException("path " + path + " cannot be checked: " + ex, ex);
		}
	}

	/**
	 * Whether a path lies at or below a root and no part of it below the root is a link.
	 * Unlike where links lead, that cannot be changed by whoever owns a link.
	 */
	public static boolean isWithinWithoutLinks(Path path, Path root) {
		if (!path.normalize().equals(path) || !path.startsWith(root)) {
			return false;
		}
		for (Path part = path; part != null && !part.equals(root); part = part.getParent()) {
			if (Files.isSymbolicLink(part)) {
				return false;
			}
		}
		return true;
	}

	private static @Nullable Path existingPart(Path path) {
		Path part = path;
		while (part != null && !Files.exists(part, LinkOption.NOFOLLOW_LINKS)) {
			part = part.getParent();
		}
		return part;
	}

}
