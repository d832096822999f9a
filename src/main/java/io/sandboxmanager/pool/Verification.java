package io.sandboxmanager.pool;

import java.net.ConnectException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxUnreachableException;

/**
 * One pass over the members of all pools, several at a time, so that a slow one holds up
 * none but itself. Whom the time is over for is asked in the next pass.
 */
class Verification {

	private static final Logger logger = LoggerFactory.getLogger(Verification.class);

	/** The caller's thread is one of them. */
	private static final int AT_ONCE = 8;

	private final Queue<Runnable> checks = new ConcurrentLinkedQueue<>();

	private final Consumer<Sandbox> probe;

	private final BooleanSupplier over;

	/**
	 * Begins a pass.
	 * @param probe asks a member once, and throws {@link SandboxUnreachableException}
	 * when it does not answer
	 * @param over whether the time of this pass is over
	 */
	Verification(Consumer<Sandbox> probe, BooleanSupplier over) {
		this.probe = probe;
		this.over = over;
	}

	/** Plans to ask a member, and what to do when it is given up. */
	void plan(Sandbox member, Consumer<Sandbox> giveUp) {
		this.checks.add(() -> check(member, giveUp));
	}

	/** Asks all. */
	void run(Executor executor) {
		int helpers = Math.min(AT_ONCE, this.checks.size()) - 1;
		try {
			for (int i = 0; i < helpers; i++) {
				executor.execute(this::work);
			}
		}
		catch (RejectedExecutionException ex) {
			logger.debug("Members are asked one after another: the server stops");
		}
		work();
	}

	private void work() {
		Runnable check = next();
		while (check != null) {
			check.run();
			check = next();
		}
	}

	private @Nullable Runnable next() {
		return this.over.getAsBoolean() ? null : this.checks.poll();
	}

	private void check(Sandbox member, Consumer<Sandbox> giveUp) {
		try {
			if (!answers(member)) {
				giveUp.accept(member);
			}
		}
		catch (SandboxException ex) {
			logger.warn("Member {} is looked at again later: {}", member.id(), ex.getMessage());
		}
		catch (RuntimeException ex) {
			logger.error("Member {} is looked at again later", member.id(), ex);
		}
	}

	/**
	 * On a busy machine one that is well misses a call; nobody listens where one is
	 * refused.
	 */
	private boolean answers(Sandbox member) {
		try {
			this.probe.accept(member);
			return true;
		}
		catch (SandboxUnreachableException first) {
			return !(first.getCause() instanceof ConnectException) && answersNow(member);
		}
	}

	private boolean answersNow(Sandbox member) {
		try {
			this.probe.accept(member);
			return true;
		}
		catch (SandboxUnreachableException second) {
			return false;
		}
	}

}
