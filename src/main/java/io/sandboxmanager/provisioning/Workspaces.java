package io.sandboxmanager.provisioning;

import java.nio.file.Files;
import java.nio.file.Path;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.backend.BackendCapabilities;
import io.sandboxmanager.backend.ImageDetails;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxId;
import io.sandboxmanager.sandbox.SandboxRequest;
import io.sandboxmanager.sandbox.Workspace;
import io.sandboxmanager.workspace.WorkspaceFolders;
import io.sandboxmanager.workspace.WorkspaceStorage;

/**
 * The files of sandboxes: which folder, brought in before the start, carried back after.
 */
public final class Workspaces {

	private static final Logger logger = LoggerFactory.getLogger(Workspaces.class);

	private final WorkspaceFolders folders;

	private final WorkspaceStorage storage;

	private final boolean mountable;

	public Workspaces(WorkspaceFolders folders, WorkspaceStorage storage, BackendCapabilities capabilities) {
		this.folders = folders;
		this.storage = storage;
		this.mountable = capabilities.bindMounts();
	}

	/** Decides where the files of a sandbox are. Nothing is made yet. */
	Workspace choose(SandboxId id, SandboxRequest request) {
		String wanted = request.storagePath();
		String key = (wanted != null) ? this.storage.acceptKey(wanted)
				: this.storage.defaultKey(id.value()).orElse(null);
		String directory = this.mountable ? this.folders.choose(id, request.mountDirectory()).toString() : null;
		return new Workspace(directory, key);
	}

	/**
	 * Makes the folder for the image's user and brings the kept files into it. A folder
	 * that is there already when a sandbox is replaced holds the newest files.
	 */
	void prepare(Sandbox sandbox, ImageDetails image, boolean replacement) {
		Workspace workspace = sandbox.workspace();
		if (workspace.directory() == null) {
			return;
		}
		Path folder = Path.of(workspace.directory());
		boolean made = this.folders.prepare(sandbox.id(), folder, image.uid(), image.gid());
		if (workspace.storagePath() != null && (made || !replacement)) {
			this.storage.restore(workspace.storagePath(), folder);
			if (made) {
				this.folders.noteRestored(sandbox.id());
			}
		}
		this.folders.check(folder);
	}

	/** Whatever is in the folder of a sandbox that was handed out, it stays. */
	void settle(Sandbox sandbox) {
		this.folders.settle(sandbox.id());
	}

	/**
	 * Removes the folder of a sandbox that nobody was given, if it was made for it and
	 * holds nothing but what was brought into it.
	 */
	void discard(Sandbox sandbox) {
		this.folders.discard(sandbox.id());
	}

	/**
	 * Carries the files of a sandbox whose container is gone back to where they are kept.
	 * If its folder is gone too, what was kept before stays.
	 */
	public void persist(Sandbox sandbox) {
		Workspace workspace = sandbox.workspace();
		if (workspace.directory() == null || workspace.storagePath() == null) {
			return;
		}
		Path folder = Path.of(workspace.directory());
		if (Files.notExists(folder)) {
			logger.warn("Sandbox {} has left no files: somebody has removed {}", sandbox.id(), folder);
			return;
		}
		this.storage.persist(folder, workspace.storagePath());
	}

}
