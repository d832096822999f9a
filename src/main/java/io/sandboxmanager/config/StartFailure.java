package io.sandboxmanager.config;

import java.net.BindException;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;
import org.springframework.boot.web.server.PortInUseException;

import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.template.CatalogueException;
import io.sandboxmanager.template.DefaultTypeException;

/**
 * A failure to start that its user can mend.
 *
 * @param lines what is wrong and what to do about it
 * @param exitCode of the process: 2 for a wrong setting, else 1
 */
public record StartFailure(List<String> lines, int exitCode) {

	/** What to tell the user, absent if the failure is none of the known ones. */
	public static Optional<StartFailure> of(Throwable failure) {
		for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
			StartFailure known = known(cause);
			if (known != null) {
				return Optional.of(known);
			}
		}
		return Optional.empty();
	}

	private static @Nullable StartFailure known(Throwable cause) {
		if (cause instanceof InvalidSettingsException settings) {
			return new StartFailure(settings.getMistakes(), 2);
		}
		if (cause instanceof CatalogueException catalogue) {
			return new StartFailure(catalogue.getMistakes(), (cause instanceof DefaultTypeException) ? 2 : 1);
		}
		if (cause instanceof PortInUseException port) {
			return new StartFailure(List
				.of("PORT=" + port.getPort() + " is in use: stop what listens there, or choose another with PORT"), 1);
		}
		if (cause instanceof BindException) {
			return new StartFailure(
					List.of("cannot listen: " + oneLine(cause) + "; HOST must be an address of this machine"), 1);
		}
		return (cause instanceof SandboxException) ? new StartFailure(List.of(oneLine(cause)), 1) : null;
	}

	private static String oneLine(Throwable cause) {
		return String.valueOf(cause.getMessage()).replaceAll("\\s*\\R\\s*", " ");
	}

}
