package io.sandboxmanager.backend.docker;

import java.io.Closeable;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.exception.DockerClientException;
import com.github.dockerjava.api.model.PullResponseItem;
import com.github.dockerjava.api.model.ResponseItem.ProgressDetail;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Follows one pull, and writes to the log how far it is, every few seconds. */
final class PullProgress implements ResultCallback<PullResponseItem> {

	private static final Logger LOGGER = LoggerFactory.getLogger(PullProgress.class);

	private static final long LOG_EVERY_NANOS = TimeUnit.SECONDS.toNanos(5);

	private static final long MIB = 1 << 20;

	private final String image;

	private final CompletableFuture<Void> result;

	private final Map<String, Layer> layers = new LinkedHashMap<>();

	private long loggedAt = System.nanoTime();

	private volatile @Nullable Closeable stream;

	private volatile boolean closed;

	PullProgress(String image, CompletableFuture<Void> result) {
		this.image = image;
		this.result = result;
	}

	@Override
	public void onStart(Closeable stream) {
		this.stream = stream;
		if (this.closed) {
			close();
		}
	}

	@Override
	public void onNext(PullResponseItem item) {
		if (item.isErrorIndicated()) {
			String reason = (item.getErrorDetail() != null) ? item.getErrorDetail().getMessage() : "no reason given";
			this.result.completeExceptionally(new DockerClientException(reason));
			return;
		}
		note(item);
		if (System.nanoTime() - this.loggedAt >= LOG_EVERY_NANOS) {
			this.loggedAt = System.nanoTime();
			LOGGER.info("Pulling image {}: {}", this.image, summary());
		}
	}

	private void note(PullResponseItem item) {
		if (item.getId() == null || item.getStatus() == null || item.getStatus().startsWith("Pulling from")) {
			return;
		}
		Layer before = this.layers.getOrDefault(item.getId(), Layer.WAITING);
		ProgressDetail detail = item.getProgressDetail();
		boolean downloading = item.getStatus().equals("Downloading") && detail != null && detail.getCurrent() != null
				&& detail.getTotal() != null;
		boolean complete = item.getStatus().equals("Pull complete") || item.getStatus().equals("Already exists");
		this.layers.put(item.getId(), downloading ? new Layer(detail.getCurrent(), detail.getTotal(), false)
				: new Layer(before.current(), before.total(), complete));
	}

	private String summary() {
		long complete = this.layers.values().stream().filter(Layer::complete).count();
		long current = this.layers.values().stream().mapToLong(Layer::current).sum();
		long total = this.layers.values().stream().mapToLong(Layer::total).sum();
		return "%d of %d layers, %d of %d MiB downloaded".formatted(complete, this.layers.size(), current / MIB,
				total / MIB);
	}

	@Override
	public void onError(Throwable error) {
		this.result.completeExceptionally(error);
	}

	@Override
	public void onComplete() {
		if (this.result.complete(null)) {
			LOGGER.info("Pulled image {}: {} layers", this.image, this.layers.size());
		}
	}

	/** Ends the pull if it is still under way. */
	@Override
	public void close() {
		this.closed = true;
		Closeable open = this.stream;
		if (open == null) {
			return;
		}
		try {
			open.close();
		}
		catch (IOException ex) {
			LOGGER.debug("Could not close the pull of image {}", this.image, ex);
		}
	}

	private record Layer(long current, long total, boolean complete) {

		private static final Layer WAITING = new Layer(0, 0, false);

	}

}
