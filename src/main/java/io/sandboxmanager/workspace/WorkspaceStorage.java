package io.sandboxmanager.workspace;

import java.nio.file.Path;
import java.util.Optional;

/**
 * Carries the files of a sandbox in from where they are kept, and back. Files stay plain
 * objects below their key, so that other servers of this kind can read them. Both
 * directions are all-or-nothing: a failure leaves the target as it was.
 */
public interface WorkspaceStorage {

	/**
	 * Checks a key that a caller gave.
	 * @return the key in the form in which it is kept
	 * @throws io.sandboxmanager.sandbox.InvalidSandboxRequestException when the key names
	 * something that callers may not reach
	 */
	String acceptKey(String key);

	/**
	 * The key of a sandbox whose caller gave none, or empty when its files are not kept.
	 */
	Optional<String> defaultKey(String sandboxId);

	/**
	 * Copies what is kept under a key into an existing folder; a key with nothing under
	 * it leaves the folder as it is.
	 * @throws WorkspaceException when files cannot be read or written
	 */
	void restore(String key, Path target);

	/**
	 * Replaces what is kept under a key by the content of a folder. Links are kept as
	 * links and never followed.
	 * @throws WorkspaceException when files cannot be read or written
	 */
	void persist(Path source, String key);

}
