package io.sandboxmanager.runtime;

import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;

import org.apache.hc.client5.http.ConnectTimeoutException;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.ConnectionClosedException;

import io.sandboxmanager.runtime.Deadlines.Deadline;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxNotConnectedException;
import io.sandboxmanager.sandbox.SandboxUnreachableException;

/**
 * Says why a call was not answered.
 *
 * @param limit how long the call could take
 * @param context what the client has noted of the call
 */
record CallFailure(Sandbox sandbox, Duration limit, Deadline deadline, HttpClientContext context) {

	SandboxUnreachableException explain(IOException cause) {
		return isUnconnected(cause) ? new SandboxNotConnectedException(text(cause), cause)
				: new SandboxUnreachableException(text(cause), cause);
	}

	/**
	 * Whether it failed before there was a connection, because of the sandbox. That all
	 * connections are in use, or that the call was cancelled, says nothing about it.
	 */
	private boolean isUnconnected(IOException cause) {
		return this.context.getEndpointDetails() == null && !this.deadline.isPassed()
				&& (cause instanceof ConnectTimeoutException || cause instanceof SocketException);
	}

	private String text(IOException cause) {
		String who = "sandbox " + this.sandbox.id();
		String where = who + " cannot be reached at " + this.sandbox.requirePlacement().endpoint() + ": ";
		if (cause instanceof ConnectTimeoutException && !this.deadline.isPassed()) {
			return where + "no connection in time";
		}
		if (this.deadline.isPassed() || cause instanceof SocketTimeoutException) {
			return who + " did not answer within " + this.limit.toMillis() / 1000.0 + "s";
		}
		if (cause instanceof ConnectionClosedException) {
			return who + " broke off its answer";
		}
		return where + cause.getMessage();
	}

}
