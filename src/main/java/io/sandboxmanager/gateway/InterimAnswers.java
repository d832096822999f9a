package io.sandboxmanager.gateway;

import java.io.IOException;
import java.util.List;

import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.impl.io.HttpRequestExecutor;
import org.apache.hc.core5.http.io.HttpClientConnection;
import org.apache.hc.core5.http.io.HttpResponseInformationCallback;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.jspecify.annotations.Nullable;

/**
 * Hands out the answers that a sandbox gives before its answer, such as
 * {@code 103 Early Hints}, when they come. Not {@code 100 Continue}, which belongs to the
 * connection.
 */
final class InterimAnswers extends HttpRequestExecutor {

	private static final String ATTRIBUTE = InterimAnswers.class.getName();

	/** Has the interim answers of the request of a context handed to {@code receiver}. */
	static void to(Receiver receiver, HttpContext context) {
		context.setAttribute(ATTRIBUTE, receiver);
	}

	@Override
	public ClassicHttpResponse execute(ClassicHttpRequest request, HttpClientConnection connection,
			@Nullable HttpResponseInformationCallback callback, HttpContext context) throws IOException, HttpException {
		Receiver receiver = (Receiver) context.getAttribute(ATTRIBUTE);
		return super.execute(request, connection, (interim, from, exchange) -> {
			if (receiver != null && interim.getCode() > HttpStatus.SC_SWITCHING_PROTOCOLS) {
				receiver.receive(interim.getCode(), List.of(interim.getHeaders()));
			}
		}, context);
	}

	@FunctionalInterface
	interface Receiver {

		void receive(int status, List<Header> headers);

	}

}
