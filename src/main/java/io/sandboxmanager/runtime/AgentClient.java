package io.sandboxmanager.runtime;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;

import io.sandboxmanager.runtime.Deadlines.Deadline;
import io.sandboxmanager.sandbox.InvalidSandboxAnswerException;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxRefusedException;
import io.sandboxmanager.sandbox.SandboxUnreachableException;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.io.HttpClientResponseHandler;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;

/** One request to a sandbox and its answer, bounded in time and in bytes. */
final class AgentClient implements AutoCloseable {

	private static final String PREFIX = "/fastapi";

	private final RuntimeProperties properties;

	private final int maxAnswer;

	private final Deadlines deadlines = new Deadlines();

	private final CloseableHttpClient calls;

	private final CloseableHttpClient probes;

	AgentClient(RuntimeProperties properties) {
		this.properties = properties;
		this.maxAnswer = properties.maxAnswerBytes();
		this.calls = AgentConnections.forCalls(properties);
		this.probes = AgentConnections.forProbes(properties);
	}

	boolean probe(Sandbox sandbox, String path) {
		HttpUriRequestBase request = new HttpGet(address(sandbox, path));
		Duration limit = this.properties.probeTimeout();
		prepare(request, sandbox, limit);
		try (Deadline deadline = this.deadlines.start(limit, request::cancel)) {
			int status = execute(this.probes, request, ClassicHttpResponse::getCode);
			return status == HttpStatus.SC_OK && !deadline.isPassed();
		}
		catch (IOException ex) {
			return false;
		}
	}

	byte[] get(Sandbox sandbox, String path) {
		return send(sandbox, new HttpGet(address(sandbox, path)));
	}

	byte[] post(Sandbox sandbox, String path, byte[] json) {
		HttpPost request = new HttpPost(address(sandbox, path));
		request.setEntity(new ByteArrayEntity(json, ContentType.APPLICATION_JSON));
		return send(sandbox, request);
	}

	private byte[] send(Sandbox sandbox, HttpUriRequestBase request) {
		Duration limit = sandbox.kind().timeout().plus(this.properties.grace());
		prepare(request, sandbox, limit);
		Deadline deadline = this.deadlines.start(limit, request::cancel);
		try (deadline) {
			return execute(this.calls, request, (response) -> read(sandbox, request, response));
		}
		catch (IOException ex) {
			throw new SandboxUnreachableException(explain(sandbox, limit, deadline, ex), ex);
		}
	}

	/**
	 * A request that is cancelled between two steps of the client fails as any other,
	 * though the client then trips over the connection that is gone.
	 */
	private static <T> T execute(CloseableHttpClient client, HttpUriRequestBase request,
			HttpClientResponseHandler<T> handler) throws IOException {
		try {
			return client.execute(request, handler);
		}
		catch (IllegalStateException | NullPointerException ex) {
			if (!request.isCancelled()) {
				throw ex;
			}
			throw new IOException("cancelled", ex);
		}
	}

	private static URI address(Sandbox sandbox, String path) {
		return sandbox.requirePlacement().endpoint().resolve(PREFIX + path);
	}

	private static void prepare(HttpUriRequestBase request, Sandbox sandbox, Duration limit) {
		request.setHeader(HttpHeaders.AUTHORIZATION, "Bearer " + sandbox.token().secret());
		request.setConfig(RequestConfig.custom()
			.setConnectionRequestTimeout(Timeout.of(limit))
			.setResponseTimeout(Timeout.of(limit))
			.setProtocolUpgradeEnabled(false)
			.build());
	}

	private byte[] read(Sandbox sandbox, HttpUriRequestBase request, ClassicHttpResponse response) throws IOException {
		boolean success = response.getCode() < HttpStatus.SC_REDIRECTION;
		int limit = success ? this.maxAnswer : RefusalDetail.MAX_BYTES;
		HttpEntity entity = response.getEntity();
		byte[] body = (entity != null) ? entity.getContent().readNBytes(limit + 1) : new byte[0];
		if (body.length > limit) {
			request.cancel();
		}
		if (!success) {
			throw new SandboxRefusedException(sandbox.id(), response.getCode(), RefusalDetail.of(response, body));
		}
		if (body.length > limit) {
			throw new InvalidSandboxAnswerException(sandbox.id(), "it is longer than " + limit + " bytes");
		}
		return body;
	}

	private static String explain(Sandbox sandbox, Duration limit, Deadline deadline, IOException cause) {
		String who = "sandbox " + sandbox.id();
		String where = who + " cannot be reached at " + sandbox.requirePlacement().endpoint() + ": ";
		if (cause instanceof ConnectTimeoutException && !deadline.isPassed()) {
			return where + "no connection in time";
		}
		if (deadline.isPassed() || cause instanceof SocketTimeoutException) {
			return who + " did not answer within " + limit.toMillis() / 1000.0 + "s";
		}
		if (cause instanceof ConnectionClosedException) {
			return who + " broke off its answer";
		}
		return where + cause.getMessage();
	}

	@Override
	public void close() {
		this.calls.close(CloseMode.IMMEDIATE);
		this.probes.close(CloseMode.IMMEDIATE);
		this.deadlines.close();
	}

}
