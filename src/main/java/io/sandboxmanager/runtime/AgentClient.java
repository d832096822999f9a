package io.sandboxmanager.runtime;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;

import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.io.HttpClientResponseHandler;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;
import org.jspecify.annotations.Nullable;

import io.sandboxmanager.runtime.Deadlines.Deadline;
import io.sandboxmanager.sandbox.ByteBudget;
import io.sandboxmanager.sandbox.HeldBytes;
import io.sandboxmanager.sandbox.InvalidSandboxAnswerException;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxRefusedException;
import io.sandboxmanager.sandbox.SandboxUnreachableException;
import io.sandboxmanager.transport.EndpointConnections;

/**
 * One request to a sandbox and its answer, bounded in time and in bytes. Whoever gets an
 * answer closes it.
 */
final class AgentClient implements AutoCloseable {

	/** What the paths of an agent begin with. */
	static final String PREFIX = "/fastapi";

	private final RuntimeProperties properties;

	private final ByteBudget budget;

	private final long maxAnswer;

	private final Deadlines deadlines = new Deadlines();

	private final CloseableHttpClient calls;

	private final CloseableHttpClient probes;

	AgentClient(RuntimeProperties properties, ByteBudget budget) {
		this.properties = properties;
		this.budget = budget;
		this.maxAnswer = Math.min(properties.maxAnswerBytes(), budget.largest());
		this.calls = AgentConnections.forCalls(properties);
		this.probes = AgentConnections.forProbes(properties);
	}

	/**
	 * Asks whether the answer to a question is 200, and throws when it is not.
	 * @param path the whole path
	 */
	void probe(Sandbox sandbox, String path) {
		HttpUriRequestBase request = new HttpGet(sandbox.requirePlacement().endpoint().resolve(path));
		Duration limit = this.properties.probeTimeout();
		prepare(request, sandbox, limit);
		HttpClientContext context = HttpClientContext.create();
		Deadline deadline = this.deadlines.start(limit, request::cancel);
		try (deadline) {
			int status = execute(this.probes, request, context, ClassicHttpResponse::getCode);
			if (status != HttpStatus.SC_OK) {
				throw new SandboxUnreachableException("sandbox " + sandbox.id() + " is not well: it answered " + status,
						null);
			}
		}
		catch (IOException ex) {
			throw new CallFailure(sandbox, limit, deadline, context).explain(ex);
		}
	}

	/**
	 * The answer, which objects are going to be made of.
	 * @param limit the longest
	 * @param weight how much of the budget each of its bytes costs
	 */
	HeldBytes get(Sandbox sandbox, String path, long limit, int weight) {
		long shorter = Math.min(limit, this.maxAnswer / weight);
		return send(sandbox, new HttpGet(address(sandbox, path)), shorter, new HeldBytes(this.budget, weight));
	}

	HeldBytes post(Sandbox sandbox, String path, byte[] json) {
		HttpPost request = new HttpPost(address(sandbox, path));
		request.setEntity(new ByteArrayEntity(json, ContentType.APPLICATION_JSON));
		return send(sandbox, request, this.maxAnswer, new HeldBytes(this.budget, 1));
	}

	private HeldBytes send(Sandbox sandbox, HttpUriRequestBase request, long maxAnswer, HeldBytes answer) {
		Duration limit = sandbox.kind().timeout().plus(this.properties.grace());
		prepare(request, sandbox, limit);
		HttpClientContext context = HttpClientContext.create();
		Deadline deadline = this.deadlines.start(limit, request::cancel);
		boolean answered = false;
		try (deadline) {
			execute(this.calls, request, context, (response) -> {
				read(sandbox, request, response, maxAnswer, answer);
				return response.getCode();
			});
			answered = true;
			return answer;
		}
		catch (IOException ex) {
			throw new CallFailure(sandbox, limit, deadline, context).explain(ex);
		}
		finally {
			if (!answered) {
				answer.close();
			}
		}
	}

	/**
	 * A request that is cancelled between two steps of the client fails as any other,
	 * though the client then trips over the connection that is gone.
	 */
	private static <T> T execute(CloseableHttpClient client, HttpUriRequestBase request, HttpClientContext context,
			HttpClientResponseHandler<T> handler) throws IOException {
		try {
			return client.execute(request, context, handler);
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
		RequestConfig.Builder config = RequestConfig.custom()
			.setConnectionRequestTimeout(Timeout.of(limit))
			.setResponseTimeout(Timeout.of(limit))
			.setProtocolUpgradeEnabled(false);
		request.setConfig(EndpointConnections.leadTo(sandbox.requirePlacement().endpoint(), config).build());
	}

	private static void read(Sandbox sandbox, HttpUriRequestBase request, ClassicHttpResponse response, long maxAnswer,
			HeldBytes answer) throws IOException {
		boolean success = response.getCode() < HttpStatus.SC_REDIRECTION;
		long limit = success ? maxAnswer : RefusalDetail.MAX_BYTES;
		boolean complete = read(request, response.getEntity(), limit, answer);
		if (!success) {
			byte[] body = answer.toByteArray();
			throw new SandboxRefusedException(sandbox.id(), response.getCode(), RefusalDetail.of(response, body));
		}
		if (!complete) {
			throw new InvalidSandboxAnswerException(sandbox.id(), "it is longer than " + limit + " bytes");
		}
	}

	/** What is not read to its end is cancelled: the client would read on. */
	private static boolean read(HttpUriRequestBase request, @Nullable HttpEntity entity, long limit, HeldBytes answer)
			throws IOException {
		boolean complete = false;
		try {
			complete = entity == null || answer.read(entity.getContent(), limit);
			return complete;
		}
		finally {
			if (!complete) {
				request.cancel();
			}
		}
	}

	@Override
	public void close() {
		this.calls.close(CloseMode.IMMEDIATE);
		this.probes.close(CloseMode.IMMEDIATE);
		this.deadlines.close();
	}

}
