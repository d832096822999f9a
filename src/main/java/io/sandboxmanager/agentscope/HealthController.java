package io.sandboxmanager.agentscope;

import java.util.stream.Collectors;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.template.TemplateCatalogue;

/** Says that the server runs. */
@RestController
class HealthController {

	private final Health health;

	HealthController(TemplateCatalogue catalogue) {
		this.health = new Health("healthy",
				catalogue.pooledTypes()
					.stream()
					.map(SandboxTemplate::type)
					.collect(Collectors.joining(", ", "[", "]")));
	}

	@GetMapping("/health")
	Health health() {
		return this.health;
	}

	/**
	 * The answer.
	 *
	 * @param version a text form of the default types: no version, but what clients of
	 * this wire are used to
	 */
	record Health(String status, String version) {
	}

}
