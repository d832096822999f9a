package io.sandboxmanager.api;

import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

import io.sandboxmanager.lifecycle.Reconciliation;

/** Shows what the comparisons of records and containers have found and mended. */
@RestController
class DriftController {

	private final Reconciliation reconciliation;

	DriftController(Reconciliation reconciliation) {
		this.reconciliation = reconciliation;
	}

	@GetMapping("/api/v1/drift")
	Drift drift() {
		Reconciliation.Drift total = this.reconciliation.total();
		return new Drift(total.containersRemoved(), total.recordsFailed(), total.containersAdopted());
	}

	/** On this server since its start, see {@link Reconciliation.Drift}. */
	@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
	record Drift(int containersRemoved, int recordsFailed, int containersAdopted) {
	}

}
