package io.sandboxmanager.maintenance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.sandbox.SandboxException;

/** How much room there is where sandboxes write. */
public final class FreeSpace {

	private static final Logger logger = LoggerFactory.getLogger(FreeSpace.class);

	private final Path workspaces;

	private final Supplier<List<Path>> engine;

	private volatile @Nullable List<Path> places;

	/**
	 * Creates the measure.
	 * @param workspaces the folder of the workspaces, which need not be there yet
	 * @param engine where else sandboxes write; asked once
	 */
	public FreeSpace(Path workspaces, Supplier<List<Path>> engine) {
		this.workspaces = workspaces;
		this.engine = engine;
	}

	/** Bytes that are free in the fullest of the places. */
	public long bytes() {
		long least = free(existing(this.workspaces));
		for (Path place : places()) {
			least = Math.min(least, free(place));
		}
		return least;
	}

	private List<Path> places() {
		List<Path> known = this.places;
		if (known == null) {
			try {
				known = this.engine.get();
				this.places = known;
			}
			catch (SandboxException ex) { // asked again next time
				logger.debug("The engine does not say where it keeps containers", ex);
				return List.of();
			}
		}
		return known;
	}

	private static Path existing(Path path) {
		Path found = path;
		while (!Files.exists(found)) {
			found = Optional.ofNullable(found.getParent()).orElseThrow();
		}
		return found;
	}

	/** A place that cannot be measured has room: its failure shows where it is used. */
	private static long free(Path place) {
		try {
			return Files.getFileStore(place).getUsableSpace();
		}
		catch (IOException ex) {
			logger.debug("The free space of {} is unknown", place, ex);
			return Long.MAX_VALUE;
		}
	}

}
