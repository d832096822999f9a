package io.sandboxmanager.backend.docker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import com.github.dockerjava.api.model.HostConfig;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import io.sandboxmanager.backend.ContainerRefusedException;
import io.sandboxmanager.sandbox.IsolationProfile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

class AndroidHostTests {

	@TempDir
	private Path proc;

	@BeforeEach
	void anOrdinaryKernel() throws IOException {
		write("filesystems", "nodev\tsysfs\nnodev\ttmpfs\n\text4\n");
		write("misc", "235 autofs\n228 hpet\n");
		write("sys/kernel/osrelease", "6.1.0-18-amd64\n");
	}

	@Test
	void allThatIsMissingIsSaidAtOnceAndHowToGetIt() {
		assertThatExceptionOfType(ContainerRefusedException.class)
			.isThrownBy(new AndroidHost(false, true, this.proc)::require)
			.withMessageContaining("this host cannot run Android")
			.withMessageContaining("ALLOW_PRIVILEGED=True")
			.withMessageContaining("modprobe binder_linux")
			.withMessageContaining("linux-modules-extra-6.1.0-18-amd64");
	}

	@ParameterizedTest
	@CsvSource({ "filesystems,'nodev\tsysfs\nnodev\tbinder\n'", "misc,'59 binder\n58 hwbinder\n'" })
	void binderIsFoundAsAFileSystemOrAsADevice(String file, String content) throws IOException {
		write(file, content);
		assertThatNoException().isThrownBy(new AndroidHost(true, true, this.proc)::require);
		assertThatExceptionOfType(ContainerRefusedException.class)
			.isThrownBy(new AndroidHost(false, true, this.proc)::require)
			.withMessageNotContaining("modprobe");
	}

	@Test
	void theKernelOfAnotherMachineIsNotJudgedByThisOne() {
		assertThatNoException().isThrownBy(new AndroidHost(true, false, this.proc)::require);
	}

	@Test
	void aKernelThatTellsNothingHasNoBinder() {
		assertThatExceptionOfType(ContainerRefusedException.class)
			.isThrownBy(new AndroidHost(true, true, this.proc.resolve("nothing"))::require)
			.withMessageContaining("linux-modules-extra-$(uname -r)");
	}

	@Test
	void onlyTheProfileOfAndroidIsPrivileged() {
		DockerImage image = new DockerImage("sha256:0", "", true, true);
		for (IsolationProfile profile : IsolationProfile.values()) {
			HostConfig host = Confinement.of(profile, image).apply(HostConfig.newHostConfig());
			assertThat(host.getPrivileged()).as(profile.name()).isEqualTo(profile == IsolationProfile.ANDROID);
			assertThat(host.getCapDrop() == null).as(profile.name()).isEqualTo(profile == IsolationProfile.ANDROID);
		}
	}

	private void write(String name, String content) throws IOException {
		Path file = this.proc.resolve(name);
		Files.createDirectories(file.getParent());
		Files.writeString(file, content);
	}

}
