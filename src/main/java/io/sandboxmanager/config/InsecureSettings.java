package io.sandboxmanager.config;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.jspecify.annotations.Nullable;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

import io.sandboxmanager.backend.docker.DockerProperties;
import io.sandboxmanager.backend.local.LocalProperties;
import io.sandboxmanager.gateway.PublicProperties;
import io.sandboxmanager.security.SecurityProperties;
import io.sandboxmanager.workspace.WorkspaceProperties;

/** What the settings leave open, for the log. */
@Component
class InsecureSettings {

	private static final int SHORT_TOKEN = 16;

	private final SecurityProperties security;

	private final WorkspaceProperties workspace;

	private final DockerProperties docker;

	private final LocalProperties local;

	private final PublicProperties address;

	private final ServerUser user;

	private final @Nullable InetAddress host;

	InsecureSettings(SecurityProperties security, WorkspaceProperties workspace, DockerProperties docker,
			LocalProperties local, PublicProperties address, ServerUser user, Environment environment) {
		this.security = security;
		this.workspace = workspace;
		this.docker = docker;
		this.local = local;
		this.address = address;
		this.user = user;
		this.host = environment.getProperty("server.address", InetAddress.class);
	}

	/** One line each, none with a secret in it. */
	List<String> warnings() {
		List<String> warnings = new ArrayList<>();
		addAboutCallers(warnings);
		addAboutPages(warnings);
		addAboutFiles(warnings);
		addAboutEngine(warnings);
		return warnings;
	}

	private void addAboutCallers(List<String> warnings) {
		String token = this.security.bearerToken();
		boolean loopback = this.host != null && this.host.isLoopbackAddress();
		if (token == null || token.isEmpty()) {
			warnings.add(loopback ? "without BEARER_TOKEN every program on this machine can use the server"
					: "without BEARER_TOKEN everybody who reaches the server can use it");
		}
		else if (token.length() < SHORT_TOKEN) {
			warnings.add("BEARER_TOKEN has fewer than " + SHORT_TOKEN + " characters and can be guessed");
		}
		if (!this.security.desktopRequiresAuth()) {
			warnings.add("DESKTOP_REQUIRES_AUTH=False lets everybody who knows a sandbox's name see its desktop");
		}
	}

	/** Browsers say which page causes a request over TLS, and on the machine itself. */
	private void addAboutPages(List<String> warnings) {
		String domain = this.address.sandboxDomain();
		boolean here = domain == null || domain.equals("localhost") || domain.endsWith(".localhost");
		boolean encrypted = !this.address.trustedProxies().isEmpty()
				|| (this.address.url() != null && "https".equals(this.address.url().getScheme()));
		if (!here && !encrypted) {
			warnings
				.add("SANDBOX_DOMAIN=" + domain + " without TLS (PUBLIC_URL=https://..., or TRUSTED_PROXIES) lets a "
						+ "page of one sandbox cause requests to another in a visitor's name");
		}
	}

	private void addAboutFiles(List<String> warnings) {
		if (!this.user.isRoot()) {
			warnings.add("the server does not run as root: workspaces below " + this.workspace.mountDir()
					+ " that belong to another user of an image are writable for everybody on this machine");
		}
		if (this.workspace.allowMountDir()) {
			warnings
				.add("ALLOW_MOUNT_DIR=True lets callers read and write " + (this.workspace.allowedMountDirs().isEmpty()
						? this.workspace.mountDir() : this.workspace.allowedMountDirs()) + " of the host");
		}
		for (Map.Entry<String, String> mount : this.workspace.readonlyMounts().entrySet()) {
			if (mount.getKey().equals("/") || mount.getKey().endsWith(".sock")) {
				warnings.add("READONLY_MOUNTS shows " + mount.getKey() + " of the host to every sandbox");
			}
		}
	}

	private void addAboutEngine(List<String> warnings) {
		if (this.local.unconfined()) {
			warnings.add("LOCAL_BACKEND_UNCONFINED=True lets local sandboxes run without isolation");
		}
		if (this.docker.allowPrivileged()) {
			warnings.add("ALLOW_PRIVILEGED=True lets users of types with the profile android become root of the "
					+ "engine's machine");
		}
		String engine = this.docker.host();
		if (engine != null && engine.startsWith("tcp://") && engine.endsWith(":2375")) {
			warnings.add("DOCKER_HOST is reached without encryption: who reaches that port owns its host");
		}
		if (!List.of("127.0.0.1", "::1").contains(this.docker.publishAddress())) {
			warnings.add("PUBLISH_ADDRESS=" + this.docker.publishAddress()
					+ " lets others reach sandboxes without passing this server");
		}
	}

}
