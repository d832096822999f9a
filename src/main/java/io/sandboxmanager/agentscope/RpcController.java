package io.sandboxmanager.agentscope;

import jakarta.servlet.http.HttpServletRequest;
import org.springframework.stereotype.Controller;
import org.springframework.web.bind.annotation.PostMapping;

import io.sandboxmanager.lifecycle.SandboxAccess;
import io.sandboxmanager.lifecycle.SandboxControl;
import io.sandboxmanager.lifecycle.SandboxRelease;
import io.sandboxmanager.lifecycle.SandboxTools;
import io.sandboxmanager.lifecycle.Sessions;
import io.sandboxmanager.sandbox.RawJson;

import static io.sandboxmanager.agentscope.RpcArguments.text;

/**
 * The calls of the AgentScope wire on sandboxes that are there. Each has a second name
 * with {@code _async} that does the same.
 */
@Controller
class RpcController {

	private final SandboxRelease release;

	private final SandboxControl control;

	private final SandboxAccess access;

	private final SandboxTools tools;

	private final Sessions sessions;

	private final SandboxAddress address;

	RpcController(SandboxRelease release, SandboxControl control, SandboxAccess access, SandboxTools tools,
			Sessions sessions, SandboxAddress address) {
		this.release = release;
		this.control = control;
		this.access = access;
		this.tools = tools;
		this.sessions = sessions;
		this.address = address;
	}

	@PostMapping({ "/release", "/release_async" })
	RpcReply release(RpcArguments.OfSandbox arguments) {
		this.release.release(text(arguments.identity()));
		return RpcReply.of(true);
	}

	@PostMapping({ "/start", "/start_async" })
	RpcReply start(RpcArguments.OfSandbox arguments) {
		return RpcReply.of(this.control.start(text(arguments.identity())));
	}

	@PostMapping({ "/stop", "/stop_async" })
	RpcReply stop(RpcArguments.OfSandbox arguments) {
		return RpcReply.of(this.control.stop(text(arguments.identity())));
	}

	@PostMapping({ "/get_status", "/get_status_async" })
	RpcReply getStatus(RpcArguments.OfSandbox arguments) {
		return RpcReply.of(this.control.status(text(arguments.identity())).orElse(null));
	}

	@PostMapping({ "/get_info", "/get_info_async" })
	RpcReply getInfo(RpcArguments.GetInfo arguments) {
		return RpcReply.of(ContainerModel.of(this.access.find(text(arguments.identity())), this.address::of));
	}

	@PostMapping({ "/check_health", "/check_health_async" })
	RpcReply checkHealth(RpcArguments.OfSandbox arguments) {
		this.tools.checkHealth(text(arguments.identity()));
		return RpcReply.of(true);
	}

	@PostMapping({ "/list_tools", "/list_tools_async" })
	RpcReply listTools(RpcArguments.ListTools arguments, HttpServletRequest request) {
		RawJson tools = this.tools.list(text(arguments.identity()), arguments.toolType());
		return RpcReply.of(RequestMemory.hold(request, tools));
	}

	@PostMapping({ "/call_tool", "/call_tool_async" })
	RpcReply callTool(RpcArguments.CallTool arguments, HttpServletRequest request) {
		RawJson result = this.tools.call(text(arguments.identity()), arguments.toolName(), arguments.arguments());
		return RpcReply.of(RequestMemory.hold(request, result));
	}

	@PostMapping({ "/add_mcp_servers", "/add_mcp_servers_async" })
	RpcReply addMcpServers(RpcArguments.AddMcpServers arguments) {
		return RpcReply.of(this.tools.addMcpServers(text(arguments.identity()), arguments.serverConfigs(),
				Boolean.TRUE.equals(arguments.overwrite())));
	}

	@PostMapping({ "/get_session_mapping", "/get_session_mapping_async" })
	RpcReply getSessionMapping(RpcArguments.OfSession arguments) {
		return RpcReply.of(this.sessions.sandboxesOf(arguments.sessionCtxId()));
	}

	@PostMapping({ "/list_session_keys", "/list_session_keys_async" })
	RpcReply listSessionKeys(RpcArguments.None arguments) {
		return RpcReply.of(this.sessions.all());
	}

	@PostMapping({ "/cleanup", "/cleanup_async" })
	RpcReply cleanup(RpcArguments.None arguments) {
		this.release.releaseAll();
		return RpcReply.of((Object) null);
	}

}
