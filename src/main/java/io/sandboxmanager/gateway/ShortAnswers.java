package io.sandboxmanager.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.message.BasicHeader;
import org.jspecify.annotations.Nullable;

/** Asks sandboxes what the server itself wants to know, and reads the whole answer. */
public class ShortAnswers implements AutoCloseable {

	private static final int LONGEST = 4 * 1024 * 1024;

	private final Duration limit;

	private final SandboxConnections connections;

	/** Ends what takes too long: a limit for each piece is none for many of them. */
	private final ScheduledThreadPoolExecutor deadlines;

	public ShortAnswers(GatewayProperties properties) {
		this.limit = properties.handshakeTimeout();
		this.connections = new SandboxConnections(properties);
		this.deadlines = new ScheduledThreadPoolExecutor(1, (work) -> {
			Thread thread = new Thread(work, "gateway-deadlines");
			thread.setDaemon(true);
			return thread;
		});
		this.deadlines.setRemoveOnCancelPolicy(true);
	}

	/**
	 * Asks a sandbox.
	 * @throws UpstreamException when there is no whole answer in time, or a long one
	 */
	public Answer ask(ForwardTarget target, String method) {
		Exchange exchange = this.connections.exchange(target, method);
		if (target.authorization() != null) {
			exchange.addHeader(new BasicHeader("Authorization", target.authorization(), true));
		}
		ScheduledFuture<?> deadline = this.deadlines.schedule(exchange::cancel, this.limit.toMillis(),
				TimeUnit.MILLISECONDS);
		try (exchange) {
			ClassicHttpResponse head = exchange.send(null, (status, headers) -> {
			});
			Answer answer = new Answer(head.getCode(), read(head.getEntity()));
			exchange.finish();
			return answer;
		}
		catch (IOException ex) {
			throw explain(target, exchange, ex);
		}
		finally {
			deadline.cancel(false);
		}
	}

	private static String read(@Nullable HttpEntity entity) throws IOException {
		if (entity == null) {
			return "";
		}
		InputStream in = entity.getContent();
		byte[] body = in.readNBytes(LONGEST);
		if (body.length == LONGEST && in.read() != -1) {
			throw new IOException("its answer is longer than " + LONGEST + " bytes");
		}
		return new String(body, StandardCharsets.UTF_8);
	}

	private UpstreamException explain(ForwardTarget target, Exchange exchange, IOException ex) {
		if (ex instanceof ConnectionRequestTimeoutException) {
			return new UpstreamBusyException(target, "too many questions to it are open", ex);
		}
		if (UpstreamNotConnectedException.isCause(ex, exchange)) {
			return new UpstreamNotConnectedException(target, ex);
		}
		return exchange.isCancelled() ? new UpstreamSilentException(target, "answer", this.limit, ex)
				: new UpstreamUnreachableException(target, ex);
	}

	@Override
	public void close() {
		this.deadlines.shutdownNow();
		this.connections.close();
	}

	/** A whole answer, its body read as UTF-8. */
	public record Answer(int status, String body) {
	}

}
