package io.sandboxmanager.gateway;

import java.io.IOException;
import java.util.Optional;
import java.util.function.Consumer;

import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;

import io.sandboxmanager.gateway.ShortAnswers.Answer;
import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.lifecycle.SandboxAccess.Activity;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.security.AccessTicket;
import io.sandboxmanager.security.OpenSockets;
import io.sandboxmanager.security.OpenSockets.Watch;

/**
 * Lets requests and WebSockets through to sandboxes, which count as used while they are
 * open. A WebSocket, and an answer under way, end when the ticket that opened them is
 * revoked.
 */
public final class Passage {

	private final SandboxAccess sandboxes;

	private final HttpForwarder http;

	private final WebSocketForwarder webSockets;

	private final OpenSockets sockets;

	private final ShortAnswers questions;

	public Passage(SandboxAccess sandboxes, HttpForwarder http, WebSocketForwarder webSockets, OpenSockets sockets,
			ShortAnswers questions) {
		this.sandboxes = sandboxes;
		this.http = http;
		this.webSockets = webSockets;
		this.sockets = sockets;
		this.questions = questions;
	}

	/**
	 * Calls a sandbox, or its replacement when it came out of a pool dead.
	 * @throws UpstreamException when there is no answer
	 */
	public void call(Sandbox sandbox, SandboxCall call) throws ServletException, IOException {
		try {
			call.to(sandbox);
		}
		catch (UpstreamNotConnectedException ex) {
			call.to(this.sandboxes.insteadOf(sandbox).orElseThrow(() -> ex));
		}
	}

	/**
	 * Returns when the answer is complete, or when the client is about to be connected.
	 * @throws UpstreamException when there is no answer; the response is untouched
	 * @throws TicketRevokedException when the ticket was revoked, or its sandbox
	 * replaced, meanwhile; likewise
	 */
	public void let(Sandbox sandbox, Entry entry, ForwardTarget target, AnswerRewriter rewriter,
			HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
		if (!entry.opens(sandbox)) {
			throw new TicketRevokedException();
		}
		let(sandbox, entry.revocable(), target, rewriter, request, response);
	}

	/** Lets somebody through who is a caller of the server. */
	public void let(Sandbox sandbox, ForwardTarget target, AnswerRewriter rewriter, HttpServletRequest request,
			HttpServletResponse response) throws ServletException, IOException {
		let(sandbox, Optional.empty(), target, rewriter, request, response);
	}

	private void let(Sandbox sandbox, Optional<AccessTicket> ticket, ForwardTarget target, AnswerRewriter rewriter,
			HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
		if (UpgradeRequest.isWebSocket(request)) {
			open(sandbox, ticket, target, rewriter, request, response);
		}
		else {
			answer(sandbox, ticket, target, rewriter, request, response);
		}
	}

	private void answer(Sandbox sandbox, Optional<AccessTicket> ticket, ForwardTarget target, AnswerRewriter rewriter,
			HttpServletRequest request, HttpServletResponse response) throws IOException {
		if (ticket.isEmpty()) {
			answer(sandbox, target, rewriter, request, response);
			return;
		}
		try (Watch watch = this.sockets.follow(ticket.get())) {
			try {
				answer(sandbox, target, rewriter, request, response, watch::endBy);
			}
			catch (UpstreamException ex) {
				throw watch.isRevoked() ? new TicketRevokedException() : ex;
			}
		}
	}

	/**
	 * Returns when the answer is complete; a WebSocket is a request like others here.
	 * @throws UpstreamException when there is no answer; the response is untouched
	 */
	public void answer(Sandbox sandbox, ForwardTarget target, AnswerRewriter rewriter, HttpServletRequest request,
			HttpServletResponse response) throws IOException {
		answer(sandbox, target, rewriter, request, response, (end) -> {
		});
	}

	private void answer(Sandbox sandbox, ForwardTarget target, AnswerRewriter rewriter, HttpServletRequest request,
			HttpServletResponse response, Consumer<Runnable> ending) throws IOException {
		Activity activity = this.sandboxes.begin(sandbox);
		try {
			if (this.http.forward(target, rewriter, request, response, ending)) {
				noteAnswer(sandbox, response.getStatus());
			}
		}
		finally {
			activity.close();
		}
	}

	private void noteAnswer(Sandbox sandbox, int status) {
		if (status < HttpServletResponse.SC_INTERNAL_SERVER_ERROR) {
			this.sandboxes.answered(sandbox);
		}
	}

	/**
	 * Asks a sandbox what the server itself wants to know of it.
	 * @throws UpstreamException when there is no whole answer in time, or a long one
	 */
	public Answer ask(Sandbox sandbox, ForwardTarget target, String method) {
		Activity activity = this.sandboxes.begin(sandbox);
		try {
			Answer answer = this.questions.ask(target, method);
			noteAnswer(sandbox, answer.status());
			return answer;
		}
		finally {
			activity.close();
		}
	}

	private void open(Sandbox sandbox, Optional<AccessTicket> ticket, ForwardTarget target, AnswerRewriter rewriter,
			HttpServletRequest request, HttpServletResponse response) throws ServletException, IOException {
		Optional<Watch> watch = ticket
			.map((shown) -> this.sockets.watch(shown).orElseThrow(TicketRevokedException::new));
		Activity activity = this.sandboxes.begin(sandbox);
		Runnable end = this.webSockets.forward(target, rewriter, request, response, () -> {
			watch.ifPresent(Watch::close);
			activity.close();
		});
		watch.ifPresent((given) -> given.endBy(end));
		noteAnswer(sandbox, response.getStatus());
	}

}
