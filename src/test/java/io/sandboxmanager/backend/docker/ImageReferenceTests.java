package io.sandboxmanager.backend.docker;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class ImageReferenceTests {

	@ParameterizedTest
	@CsvSource(nullValues = "-",
			value = { "debian, debian, latest, https://index.docker.io/v1/",
					"agentscope/base:1.2, agentscope/base, 1.2, https://index.docker.io/v1/",
					"docker.io/library/debian, docker.io/library/debian, latest, https://index.docker.io/v1/",
					"localhost/a/b, localhost/a/b, latest, localhost",
					"127.0.0.1:5000/a/b:c, 127.0.0.1:5000/a/b, c, 127.0.0.1:5000",
					"127.0.0.1:5000/a, 127.0.0.1:5000/a, latest, 127.0.0.1:5000",
					"ghcr.io/a/b@sha256:00, ghcr.io/a/b@sha256:00, -, ghcr.io",
					"ghcr.io/a/b:1@sha256:00, ghcr.io/a/b:1@sha256:00, -, ghcr.io" })
	void isTakenApart(String name, String repository, String tag, String registry) {
		assertThat(ImageReference.parse(name)).isEqualTo(new ImageReference(repository, tag, registry));
	}

}
