package io.sandboxmanager.agentscope;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.PostMapping;
import tools.jackson.databind.JsonNode;

import io.sandboxmanager.gateway.Callers;
import io.sandboxmanager.lifecycle.SandboxCreation;
import io.sandboxmanager.lifecycle.UnheardSandboxes;
import io.sandboxmanager.sandbox.InvalidSandboxRequestException;
import io.sandboxmanager.sandbox.Sandbox;
import io.sandboxmanager.sandbox.SandboxException;
import io.sandboxmanager.sandbox.SandboxRequest;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.sandbox.StateUnavailableException;
import io.sandboxmanager.security.RequestOwner;
import io.sandboxmanager.template.TemplateCatalogue;

/**
 * The calls of the AgentScope wire that hand out sandboxes. A failed creation is answered
 * with null and status 200: clients of this wire would take an error's text for a name.
 */
@Controller
class CreationController {

	/** By these the agent is told where to listen, and to whom. */
	private static final Set<String> RESERVED = Set.of("AGENT_HOST", "AGENT_PORT", "AGENT_SOCKET", "AGENT_TOKEN_FD",
			"AGENT_LISTEN_FD", "AGENT_LIFELINE_FD", "AGENT_ENVIRONMENT_FD");

	private static final Logger logger = LoggerFactory.getLogger(CreationController.class);

	private final SandboxCreation creation;

	private final UnheardSandboxes unheard;

	private final TemplateCatalogue catalogue;

	CreationController(SandboxCreation creation, UnheardSandboxes unheard, TemplateCatalogue catalogue) {
		this.creation = creation;
		this.unheard = unheard;
		this.catalogue = catalogue;
	}

	@PostMapping({ "/create_from_pool", "/create_from_pool_async" })
	RpcReply createFromPool(RpcArguments.CreateFromPool arguments, HttpServletRequest caller) {
		SandboxTemplate template = template(arguments.sandboxType());
		return reply(caller,
				() -> this.creation.acquire(template, RequestOwner.of(caller),
						request(arguments.sandboxType(), arguments.meta(), Map.of(), null, null),
						() -> Callers.hasLeft(caller)));
	}

	@PostMapping({ "/create", "/create_async" })
	RpcReply create(RpcArguments.Create arguments, HttpServletRequest caller) {
		SandboxTemplate template = template(arguments.sandboxType());
		return reply(caller,
				() -> this.creation.create(template, RequestOwner.of(caller),
						request(arguments.sandboxType(), arguments.meta(), environment(arguments.environment()),
								arguments.mountDir(), arguments.storagePath())));
	}

	private SandboxTemplate template(@Nullable String type) {
		return (type != null) ? this.catalogue.find(type) : this.catalogue.defaultType();
	}

	private RpcReply reply(HttpServletRequest caller, Supplier<Sandbox> making) {
		try {
			Sandbox made = making.get();
			if (Callers.hasLeft(caller)) {
				return takeBack(made);
			}
			return RpcReply.of(made.name()).ifLost(() -> this.unheard.takeBack(made.id()));
		}
		catch (StateUnavailableException ex) {
			throw ex;
		}
		catch (SandboxException ex) {
			logger.warn("No sandbox was handed out: {}", ex.getMessage());
			return RpcReply.failedCreation(String.valueOf(ex.getMessage()));
		}
	}

	/** Nobody would ever release what nobody was told of. */
	private RpcReply takeBack(Sandbox made) {
		logger.info("Sandbox {} is released: its caller has left", made.id());
		this.unheard.takeBack(made.id());
		return RpcReply.failedCreation("the caller has left");
	}

	private static SandboxRequest request(@Nullable String type, @Nullable Map<String, Object> meta,
			Map<String, String> environment, @Nullable String mountDirectory, @Nullable String storagePath) {
		Map<String, Object> given = (meta != null) ? meta : Map.of();
		String session = (given.get(ContainerModel.SESSION_KEY) instanceof String text) ? text : null;
		return new SandboxRequest(session, environment, given, mountDirectory, storagePath, type);
	}

	private static Map<String, String> environment(@Nullable Map<String, JsonNode> given) {
		Map<String, String> environment = new LinkedHashMap<>();
		Optional.ofNullable(given).orElse(Map.of()).forEach((name, value) -> {
			if (!value.isValueNode() || value.isNull() || name.isEmpty() || name.contains("=")
					|| (name + value.asString()).indexOf('\0') >= 0) {
				throw new InvalidSandboxRequestException(
						"environment must map names to strings; '" + name + "' does not");
			}
			if (RESERVED.contains(name)) {
				throw new InvalidSandboxRequestException(
						"environment must not set " + name + ": the agent in the sandbox is reached by it");
			}
			environment.put(name, value.asString());
		});
		return environment;
	}

}
