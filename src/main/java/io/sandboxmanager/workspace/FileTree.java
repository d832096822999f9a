package io.sandboxmanager.workspace;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributeView;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Set;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies and removes folders whose content a sandbox made: links are copied as links,
 * what is neither file, folder nor link is left out, and nothing outside the folder is
 * touched.
 */
public final class FileTree {

	private static final Logger logger = LoggerFactory.getLogger(FileTree.class);

	private FileTree() {
	}

	/**
	 * Copies the content of a folder with modes, times and, where that is permitted,
	 * owners. The target folder itself keeps its own.
	 */
	public static void copy(Path source, Path target) throws IOException {
		Files.walkFileTree(source, new SimpleFileVisitor<>() {

			@Override
			public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
				Path copy = target.resolve(source.relativize(folder));
				if (!Files.isDirectory(copy, LinkOption.NOFOLLOW_LINKS)) {
					Files.createDirectory(copy);
				}
				return FileVisitResult.CONTINUE;
			}

			@Override
			public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
				if (attributes.isRegularFile() || attributes.isSymbolicLink()) {
					Files.copy(file, target.resolve(source.relativize(file)), LinkOption.NOFOLLOW_LINKS,
							StandardCopyOption.COPY_ATTRIBUTES, StandardCopyOption.REPLACE_EXISTING);
				}
				return FileVisitResult.CONTINUE;
			}

			/** Only now: a folder may be read-only, and each entry changes its time. */
			@Override
			public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) throws IOException {
				rethrow(failure);
				if (!folder.equals(source)) {
					copyAttributes(folder, target.resolve(source.relativize(folder)));
				}
				return FileVisitResult.CONTINUE;
			}

		});
	}

	/**
	 * Lets whoever may use a folder use what is brought into it: everything below a root,
	 * but no link's target, is given to the folder's owner where that is permitted, and
	 * opened to everybody where the folder is.
	 */
	public static void share(Path root, Path folder) throws IOException {
		Owner owner = Owner.of(folder);
		boolean open = Files.getPosixFilePermissions(folder).contains(PosixFilePermission.OTHERS_WRITE);
		Files.walkFileTree(root, new SimpleFileVisitor<>() {

			@Override
			public FileVisitResult preVisitDirectory(Path entry, BasicFileAttributes attributes) throws IOException {
				return entry.equals(root) ? FileVisitResult.CONTINUE : share(entry, attributes);
			}

			@Override
			public FileVisitResult visitFile(Path entry, BasicFileAttributes attributes) throws IOException {
				return share(entry, attributes);
			}

			private FileVisitResult share(Path entry, BasicFileAttributes attributes) throws IOException {
				if (open && !attributes.isSymbolicLink()) {
					openToEverybody(entry);
				}
				boolean given = owner.take(entry);
				return (given || open) ? FileVisitResult.CONTINUE : FileVisitResult.TERMINATE;
			}

		});
	}

	/** Everybody may do what the owner may. */
	private static void openToEverybody(Path entry) throws IOException {
		int mode = (Integer) Files.getAttribute(entry, "unix:mode");
		int owners = (mode >> 6) & 7;
		Files.setAttribute(entry, "unix:mode", mode | (owners << 3) | owners);
	}

	/**
	 * How many bytes the files below a folder have; what is gone or closed to us by then
	 * does not count.
	 */
	public static long size(Path root) {
		long[] size = { 0 };
		try {
			Files.walkFileTree(root, new SimpleFileVisitor<>() {

				@Override
				public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
					size[0] += attributes.size();
					return FileVisitResult.CONTINUE;
				}

				@Override
				public FileVisitResult visitFileFailed(Path file, IOException failure) {
					return FileVisitResult.CONTINUE;
				}

				@Override
				public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) {
					return FileVisitResult.CONTINUE;
				}

			});
		}
		catch (IOException ex) {
			logger.debug("Folder {} cannot be measured", root, ex);
		}
		return size[0];
	}

	/** Removes a folder, a file or a link, or nothing when there is none. */
	public static void remove(Path root) throws IOException {
		if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
			return;
		}
		Files.walkFileTree(root, new SimpleFileVisitor<>() {

			@Override
			public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) throws IOException {
				if (!Files.isWritable(folder)) {
					Set<PosixFilePermission> mode = EnumSet.copyOf(Files.getPosixFilePermissions(folder));
					mode.add(PosixFilePermission.OWNER_WRITE);
					mode.add(PosixFilePermission.OWNER_EXECUTE);
					Files.setPosixFilePermissions(folder, mode);
				}
				return FileVisitResult.CONTINUE;
			}

			@Override
			public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
				Files.delete(file);
				return FileVisitResult.CONTINUE;
			}

			@Override
			public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) throws IOException {
				rethrow(failure);
				Files.delete(folder);
				return FileVisitResult.CONTINUE;
			}

		});
	}

	private static void copyAttributes(Path from, Path to) throws IOException {
		Owner.of(from).take(to);
		Files.setAttribute(to, "unix:mode", Files.getAttribute(from, "unix:mode", LinkOption.NOFOLLOW_LINKS));
		BasicFileAttributes times = Files.readAttributes(from, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
		Files.getFileAttributeView(to, BasicFileAttributeView.class)
			.setTimes(times.lastModifiedTime(), times.lastAccessTime(), null);
	}

	private static void rethrow(@Nullable IOException failure) throws IOException {
		if (failure != null) {
			throw failure;
		}
	}

	private record Owner(Object uid, Object gid) {

		static Owner of(Path path) throws IOException {
			return new Owner(Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS),
					Files.getAttribute(path, "unix:gid", LinkOption.NOFOLLOW_LINKS));
		}

		boolean take(Path path) {
			try {
				if (!equals(of(path))) {
					Files.setAttribute(path, "unix:gid", this.gid, LinkOption.NOFOLLOW_LINKS);
					Files.setAttribute(path, "unix:uid", this.uid, LinkOption.NOFOLLOW_LINKS);
				}
				return true;
			}
			catch (IOException ex) {
				logger.debug("{} cannot be given to uid {}", path, this.uid, ex);
				return false;
			}
		}

	}

}
