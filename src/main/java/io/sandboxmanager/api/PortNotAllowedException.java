package io.sandboxmanager.api;

import java.util.stream.Collectors;

import io.sandboxmanager.sandbox.Exposure;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;

/** A port of a sandbox is not among those that its type opens. */
class PortNotAllowedException extends SandboxException {

	PortNotAllowedException(Sandbox sandbox, int port, Exposure exposure) {
		super("port " + port + " of sandbox " + sandbox.name() + " is not open: its type, " + sandbox.kind().type()
				+ ", opens " + list(exposure) + " (ports.open in the catalogue of types)");
	}

	private static String list(Exposure exposure) {
		return exposure.open().isEmpty() ? "none"
				: exposure.open().stream().map(Exposure.Range::toString).collect(Collectors.joining(", "));
	}

}
