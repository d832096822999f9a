package io.sandboxmanager.backend.docker;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class OwnContainerTests {

	private static final String ID = "0123456789abcdef".repeat(4);

	@TempDir
	private Path folder;

	private Path mountinfo(String... lines) throws Exception {
		return Files.write(this.folder.resolve("mountinfo"), List.of(lines));
	}

	@ParameterizedTest
	@ValueSource(strings = {
			"575 562 254:0 /var/lib/docker/containers/%s/hostname /etc/hostname rw,relatime - ext4 /dev/vda rw",
			"575 562 254:0 /lib/docker/containers/%s/resolv.conf /etc/resolv.conf rw - ext4 /dev/vda rw",
			"575 562 0:25 /containers/storage/overlay-containers/%s/userdata/hosts /etc/hosts rw - tmpfs tmpfs rw" })
	void isKnownByTheFilesThatTheEngineMounts(String line) throws Exception {
		assertThat(OwnContainer.idIn(mountinfo("562 400 0:50 / / rw - overlay overlay rw", line.formatted(ID))))
			.contains(ID);
	}

	@Test
	void isNotTakenForOneOfTheHostsContainers() throws Exception {
		assertThat(OwnContainer.idIn(mountinfo("1 0 254:0 / / rw - ext4 /dev/vda rw",
				"99 1 0:70 / /var/lib/docker/containers/" + ID + "/mounts/shm rw - tmpfs shm rw",
				"98 1 0:4 net:[4026532] /run/docker/netns/default rw - nsfs nsfs rw")))
			.isEmpty();
	}

	@Test
	void isNoneWhereMountsCannotBeRead() {
		assertThat(OwnContainer.idIn(this.folder.resolve("absent"))).isEmpty();
	}

}
