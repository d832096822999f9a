package io.sandboxmanager.config;

import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.event.EventListener;
import org.springframework.core.env.Environment;
import org.springframework.stereotype.Component;

import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.template.TemplateCatalogue;

/** Says in the log what was started, and what of it is insecure or has no effect. */
@Component
class StartupReport {

	private static final Logger logger = LoggerFactory.getLogger(StartupReport.class);

	private final BackendChoice backend;

	private final ChoiceProperties choices;

	private final TemplateCatalogue catalogue;

	private final InsecureSettings insecure;

	private final ObjectProvider<ServerSettings> settings;

	private final Environment environment;

	StartupReport(BackendChoice backend, ChoiceProperties choices, TemplateCatalogue catalogue,
			InsecureSettings insecure, ObjectProvider<ServerSettings> settings, Environment environment) {
		this.backend = backend;
		this.choices = choices;
		this.catalogue = catalogue;
		this.insecure = insecure;
		this.settings = settings;
		this.environment = environment;
	}

	@EventListener(ApplicationReadyEvent.class)
	void report() {
		logger.info("sandbox-manager {} on http://{}: backend {}{}, store {}, storage {}, types {}",
				ServerVersion.current(), address(), word(this.backend.kind()),
				(this.backend.reason() != null) ? " (" + this.backend.reason() + ")" : "", word(this.choices.store()),
				word(this.choices.storage()), types());
		this.settings.ifAvailable((given) -> given.warnings().forEach(logger::warn));
		this.insecure.warnings().forEach((line) -> logger.warn("insecure: {}", line));
		if (this.backend.kind() == BackendKind.DOCKER) {
			logger
				.warn("insecure: unless root has run bin/firewall since this host's start, sandboxes reach the host's "
						+ "own addresses and link-local ones, such as a cloud's metadata");
		}
	}

	/** The types, those with a pool marked by its size. */
	private String types() {
		List<SandboxTemplate> pooled = this.catalogue.pooledTypes();
		return this.catalogue.types()
			.stream()
			.map((type) -> type.type() + (pooled.contains(type) ? " (" + type.pool().min() + " warm)" : ""))
			.collect(Collectors.joining(", "));
	}

	private String address() {
		InetAddress host = this.environment.getProperty("server.address", InetAddress.class);
		String port = this.environment.getProperty("local.server.port", "?");
		String name = (host != null) ? host.getHostAddress() : "0.0.0.0";
		return (name.contains(":") ? "[" + name + "]" : name) + ":" + port;
	}

	private static String word(Enum<?> choice) {
		return choice.name().toLowerCase(Locale.ROOT);
	}

}
