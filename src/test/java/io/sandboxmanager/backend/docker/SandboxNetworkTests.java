package io.sandboxmanager.backend.docker;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class SandboxNetworkTests {

	@Test
	void theBridgeHasALastingNameThatTheKernelAccepts() {
		String name = SandboxNetwork.bridgeName("sandbox-manager");
		assertThat(name).hasSizeLessThanOrEqualTo(15)
			.isEqualTo(SandboxNetwork.bridgeName("sandbox-manager"))
			.isNotEqualTo(SandboxNetwork.bridgeName("sandbox-manager-shared"));
	}

}
