package io.sandboxmanager.store;

import java.time.Duration;

import io.sandboxmanager.sandbox.SandboxException;

/** The clock of this server is not that of the others. */
public class ClockSkewException extends SandboxException {

	/**
	 * Creates it.
	 * @param ahead of the clock of the state; negative when it is behind
	 */
	public ClockSkewException(Duration ahead, Duration allowed) {
		super("the clock of this server is " + ahead.abs().toSeconds() + " s "
				+ (ahead.isNegative() ? "behind" : "ahead of") + " that of Redis, of at most " + allowed.toSeconds()
				+ " s: servers that share their state would give up what others are just making. "
				+ "Set the clocks of both machines by NTP");
	}

}
