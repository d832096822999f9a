package io.sandboxmanager.backend.docker;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.sandboxmanager.backend.ContainerRefusedException;
import io.sandboxmanager.backend.docker.ImageUser.Ids;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class UserNamesTests {

	private final UserNames names = new UserNames("root:x:0:0:root:/root:/bin/sh\nagent:x:1000:1001::/:\nbroken\n",
			"root:x:0:\nagents:x:1001:\n");

	@ParameterizedTest
	@CsvSource({ "'', 0, 0", "root, 0, 0", "0, 0, 0", "5:6, 5, 6" })
	void someNeedNoFiles(String user, long uid, long gid) {
		assertThat(UserNames.withoutFiles(user)).contains(new Ids(uid, gid));
	}

	@ParameterizedTest
	@CsvSource({ "agent", "1000", "agent:agents", "1000:agents", "99999999999:1" })
	void othersDo(String user) {
		assertThat(UserNames.withoutFiles(user)).isEmpty();
	}

	@ParameterizedTest
	@CsvSource({ "agent, 1000, 1001", "1000, 1000, 1001", "agent:root, 1000, 0", "1000:agents, 1000, 1001",
			"4000, 4000, 0", "4000:agents, 4000, 1001", "agent:, 1000, 1001" })
	void areResolvedAsTheEngineDoes(String user, long uid, long gid) {
		assertThat(this.names.resolve(user)).isEqualTo(new Ids(uid, gid));
	}

	@Test
	void thatAreUnknownAreNamed() {
		assertThatExceptionOfType(ContainerRefusedException.class).isThrownBy(() -> this.names.resolve("nobody-here"))
			.withMessageContaining("nobody-here");
		assertThatExceptionOfType(ContainerRefusedException.class).isThrownBy(() -> this.names.resolve("agent:staff"))
			.withMessageContaining("staff");
	}

}
