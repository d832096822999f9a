package io.sandboxmanager.api;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

import io.sandboxmanager.lifecycle.SessionSandboxes;
import io.sandboxmanager.sandbox.SandboxTemplate;
import io.sandboxmanager.security.RequestOwner;
import io.sandboxmanager.template.TemplateCatalogue;

/** Gives a session its one sandbox. */
@RestController
@RequestMapping("/api/v1/sessions")
class SessionController {

	private final SessionSandboxes sandboxes;

	private final TemplateCatalogue catalogue;

	SessionController(SessionSandboxes sandboxes, TemplateCatalogue catalogue) {
		this.sandboxes = sandboxes;
		this.catalogue = catalogue;
	}

	/**
	 * The same sandbox however often it is asked for; a new one if there is none yet or
	 * it was released.
	 * @param type of the sandbox, the default type without it
	 */
	@PutMapping("/{session}/sandbox")
	SandboxModel sandbox(@PathVariable String session, @RequestParam @Nullable String type, HttpServletRequest caller) {
		SandboxTemplate template = (type != null) ? this.catalogue.find(type) : this.catalogue.defaultType();
		return SandboxModel.of(this.sandboxes.sandboxOf(session, template, RequestOwner.of(caller)));
	}

}
