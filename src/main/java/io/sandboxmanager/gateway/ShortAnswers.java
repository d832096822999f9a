package io.sandboxmanager.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

import io.sandboxmanager.transport.EndpointConnections;

/** Asks sandboxes what the server itself wants to know, and reads the whole answer. */
public class ShortAnswers implements AutoCloseable {

	private static final int LONGEST = 4 * 1024 * 1024;

	private final Duration limit;

	private final CloseableHttpClient client;

	private final RequestConfig requests;

	/** Ends what takes too long: a limit for each piece is none for many of them. */
	private final ScheduledThreadPoolExecutor deadlines;

	public ShortAnswers(GatewayProperties properties) {
		this.limit = properties.handshakeTimeout();
		this.client = UpstreamClients.create(properties);
		this.requests = RequestConfig.copy(UpstreamClients.requests(properties))
			.setResponseTimeout(Timeout.of(this.limit))
			.build();
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
		URI base = target.base();
		HttpUriRequestBase question = new HttpUriRequestBase(method, base);
		question.setPath(target.requestTarget());
		question.setConfig(EndpointConnections.leadTo(target.endpoint(), RequestConfig.copy(this.requests)).build());
		if (target.authorization() != null) {
			question.addHeader("Authorization", target.authorization());
		}
		ScheduledFuture<?> deadline = this.deadlines.schedule(question::cancel, this.limit.toMillis(),
				TimeUnit.MILLISECONDS);
		HttpClientContext context = HttpClientContext.create();
		try (ClassicHttpResponse answer = this.client
			.executeOpen(new HttpHost(base.getScheme(), base.getHost(), target.port()), question, context)) {
			return new Answer(answer.getCode(), read(answer.getEntity(), question));
		}
		catch (IOException ex) {
			throw explain(target, question, context, ex);
		}
		finally {
			deadline.cancel(false);
		}
	}

	private static String read(@Nullable HttpEntity entity, HttpUriRequestBase question) throws IOException {
		if (entity == null) {
			return "";
		}
		InputStream in = entity.getContent();
		byte[] body = in.readNBytes(LONGEST);
		if (body.length == LONGEST && in.read() != -1) {
			question.cancel();
			throw new IOException("its answer is longer than " + LONGEST + " bytes");
		}
		return new String(body, StandardCharsets.UTF_8);
	}

	private UpstreamException explain(ForwardTarget target, HttpUriRequestBase question, HttpClientContext context,
			IOException ex) {
		if (ex instanceof ConnectionRequestTimeoutException) {
			return new UpstreamBusyException(target, "too many questions to it are open", ex);
		}
		if (UpstreamNotConnectedException.isCause(ex, context)) {
			return new UpstreamNotConnectedException(target, ex);
		}
		boolean late = ex instanceof SocketTimeoutException
				|| (question.isCancelled() && !String.valueOf(ex.getMessage()).startsWith("its answer"));
		return late ? new UpstreamSilentException(target, "answer", this.limit, ex)
				: new UpstreamUnreachableException(target, ex);
	}

	@Override
	public void close() throws IOException {
		this.deadlines.shutdownNow();
		this.client.close();
	}

	/** A whole answer, its body read as UTF-8. */
	public record Answer(int status, String body) {
	}

}
