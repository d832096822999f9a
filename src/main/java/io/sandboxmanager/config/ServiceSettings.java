package io.sandboxmanager.config;

import java.util.List;
import java.util.Map;

import static io.sandboxmanager.config.SandboxSettings.setting;
import static io.sandboxmanager.config.SettingGroup.ENGINE;
import static io.sandboxmanager.config.SettingGroup.SERVICE;
import static io.sandboxmanager.config.SettingGroup.TRAFFIC;

/** The variables about the engine and the server itself. */
final class ServiceSettings {

	private static final ValueKind CONNECTIONS = ValueKinds.whole(1, 100_000);

	private static final String USE_DOCKER = "use docker";

	private ServiceSettings() {
	}

	static List<Setting> engine() {
		return List.of(
				setting(ENGINE, "CONTAINER_DEPLOYMENT", ValueKinds.choice(
						Map.of("docker", BackendKind.DOCKER, "local", BackendKind.LOCAL),
						Map.of("k8s", USE_DOCKER, "agentrun", USE_DOCKER, "cloud", USE_DOCKER, "fc", USE_DOCKER,
								"knative", USE_DOCKER, "kruise", USE_DOCKER, "boxlite", USE_DOCKER, "gvisor",
								"use docker with SANDBOX_RUNTIME=runsc")),
						"", "sandbox-manager.backend",
						"What runs the sandboxes: `docker`, or `local` for processes of this machine; without it Docker "
								+ "if an engine answers, else local if `HOST` is loopback."),
				setting(ENGINE, "LOCAL_BACKEND_UNCONFINED", ValueKinds.bool(), "False",
						"sandbox-manager.local.unconfined",
						"Whether local sandboxes run without bubblewrap, and so without isolation."),
				setting(ENGINE, "LOCAL_BACKEND_PYTHON", FileKinds.absolutePath(), "/usr/bin/python3",
						"sandbox-manager.local.python", "Python 3.9 or later for local sandboxes, below `/usr`."),
				setting(ENGINE, "DOCKER_HOST",
						ValueKinds.text("unix:///path/of/socket or tcp://host:port",
								"unix:///\\S+|tcp://[A-Za-z0-9._:\\[\\]-]+"),
						"", "sandbox-manager.docker.host", "The Docker engine; without it the machine's own socket."),
				setting(ENGINE, "CONTAINER_PREFIX_KEY",
						ValueKinds.text("at most 38 letters, digits and _ . -, first a letter or a digit",
								"[A-Za-z0-9][A-Za-z0-9_.-]{0,37}"),
						"agent-runtime-container-", "sandbox-manager.provisioning.container-prefix",
						"What container names begin with."),
				setting(ENGINE, "PORT_RANGE", ValueKinds.portRange(), "", "sandbox-manager.docker.port-range",
						"Ports of the host that sandboxes are published on; without it any free one."),
				setting(ENGINE, "PUBLISH_ADDRESS", ValueKinds.text("an IP address", "[0-9a-fA-F.:]{2,45}"), "127.0.0.1",
						"sandbox-manager.docker.publish-address", "Address of the host that those ports are bound to."),
				setting(ENGINE, "SANDBOX_HOST", ValueKinds.hostName(), "", "sandbox-manager.docker.access-host",
						"Host under which the server reaches those ports, when it is not `PUBLISH_ADDRESS`."),
				setting(ENGINE, "SANDBOX_NETWORK",
						ValueKinds.text("the name of a network other than host and none",
								"(?!(host|none)$)[A-Za-z0-9][A-Za-z0-9_.-]{0,127}"),
						"sandbox-manager", "sandbox-manager.docker.network",
						"Network of the sandboxes, made when it is not there."),
				setting(ENGINE, "SANDBOX_RUNTIME",
						ValueKinds.text("a runtime of the engine such as runc or runsc",
								"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}"),
						"", "sandbox-manager.docker.runtime",
						"OCI runtime, runsc for gVisor; without it the engine's default."),
				setting(ENGINE, "ALLOW_PRIVILEGED", ValueKinds.bool(), "False",
						"sandbox-manager.docker.allow-privileged",
						"Whether types may have the profile `android`, whose users can become root of the engine's machine."),
				setting(ENGINE, "FILL_CONCURRENCY", ValueKinds.whole(0, 1000), "0",
						"sandbox-manager.pool.fill-concurrency",
						"Sandboxes that are made for each pool at the same time; 0 for twice the processor cores."),
				setting(ENGINE, "ENGINE_CALL_TIMEOUT", ValueKinds.limit(), "30", "sandbox-manager.docker.call-timeout",
						"Limit of one call to the engine."),
				setting(ENGINE, "IMAGE_PULL_TIMEOUT", ValueKinds.limit(), "30m", "sandbox-manager.docker.pull-timeout",
						"Limit of one pull of an image."));
	}

	static List<Setting> traffic() {
		return List.of(
				setting(TRAFFIC, "MAX_CALLS", CONNECTIONS, "1024", "sandbox-manager.runtime.connections",
						"Tool calls and health checks that may be under way."),
				setting(TRAFFIC, "MAX_CALLS_PER_SANDBOX", CONNECTIONS, "64",
						"sandbox-manager.runtime.connections-per-sandbox", "Those of one sandbox."),
				setting(TRAFFIC, "MAX_ANSWER_SIZE", ValueKinds.size(), "64MB", "sandbox-manager.runtime.max-answer",
						"Longest result of a tool that is passed on, at most an eighth of the server's memory."),
				setting(TRAFFIC, "MAX_PROXY_REQUESTS", CONNECTIONS, "1024", "sandbox-manager.gateway.connections",
						"Requests through `/proxy` and `/desktop` that may be under way."),
				setting(TRAFFIC, "MAX_PROXY_REQUESTS_PER_SANDBOX", CONNECTIONS, "64",
						"sandbox-manager.gateway.connections-per-sandbox", "Those to one sandbox."),
				setting(TRAFFIC, "PROXY_QUEUE_TIMEOUT", ValueKinds.limit(), "5",
						"sandbox-manager.gateway.queue-timeout", "How long such a request waits for its turn."),
				setting(TRAFFIC, "PROXY_FIRST_BYTE_TIMEOUT", ValueKinds.limit(), "1h",
						"sandbox-manager.gateway.first-byte-timeout",
						"How long a sandbox that has such a request may take to begin its answer."),
				setting(TRAFFIC, "PROXY_IDLE_TIMEOUT", ValueKinds.limit(), "1h", "sandbox-manager.gateway.idle-timeout",
						"How long a sandbox may take nothing of a body, or send nothing of one."),
				setting(TRAFFIC, "CLIENT_TIMEOUT", ValueKinds.limit(), "5m", "sandbox-manager.gateway.client-timeout",
						"How long a client may neither send nor take anything of a body."),
				setting(TRAFFIC, "MAX_WEBSOCKETS", CONNECTIONS, "1024", "sandbox-manager.gateway.tunnels",
						"WebSockets to sandboxes that may be open."),
				setting(TRAFFIC, "MAX_WEBSOCKETS_PER_SANDBOX", CONNECTIONS, "256",
						"sandbox-manager.gateway.tunnels-per-sandbox", "Those to one sandbox."),
				setting(TRAFFIC, "WEBSOCKET_IDLE_TIMEOUT", ValueKinds.duration(), "1h",
						"sandbox-manager.gateway.tunnel-idle-timeout",
						"How long a WebSocket may carry nothing; 0 for any time."));
	}

	static List<Setting> service() {
		return List.of(
				setting(SERVICE, "ALLOW_UNAUTHENTICATED", ValueKinds.bool(), "False",
						"sandbox-manager.security.allow-unauthenticated",
						"Whether the server may listen beyond loopback without a token."),
				setting(SERVICE, "DESKTOP_REQUIRES_AUTH", ValueKinds.bool(), "True",
						"sandbox-manager.security.desktop-requires-auth",
						"Whether `/desktop` wants the token, a ticket or the sandbox's password."),
				setting(SERVICE, "MAX_TICKET_LIFETIME", ValueKinds.limit(), "24h",
						"sandbox-manager.security.max-ticket-lifetime",
						"How long a ticket for a sandbox may last; an hour if its caller does not say."),
				setting(SERVICE, "PUBLIC_URL",
						ValueKinds.text("an address such as https://sandboxes.example.com or http://host:8000/path",
								"https?://[A-Za-z0-9._\\[\\]:-]+(/[A-Za-z0-9._~-]+)*/?"),
						"", "sandbox-manager.public.url",
						"Under which others see the server; without it as each request says."),
				setting(SERVICE, "TRUSTED_PROXIES", FileKinds.networks(), "", "sandbox-manager.public.trusted-proxies",
						"Whose `X-Forwarded-Proto`, `-Host` and `-Prefix` say how others see the server."),
				setting(SERVICE, "SANDBOX_DOMAIN",
						ValueKinds.text("a domain such as sandboxes.example.com, or localhost",
								"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*"),
						"", "sandbox-manager.public.sandbox-domain",
						"Below which ports and desktops have hosts of their own, `<id>-<port>.<domain>` and `<id>-vnc.<domain>`."),
				setting(SERVICE, "DEBUG", ValueKinds.bool("debug", "info"), "False", "logging.level.io.sandboxmanager",
						"Whether the log tells everything."),
				setting(SERVICE, "WORKERS", ValueKinds.whole(1, 10_000), "1", null,
						"Read for compatibility: one process serves with all cores. More servers share their work through Redis."));
	}

}
