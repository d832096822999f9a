package io.sandboxmanager.template;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

import org.junit.jupiter.api.Test;

import io.sandboxmanager.sandbox.Exposure;
import io.sandboxmanager.sandbox.IsolationProfile;
import io.sandboxmanager.sandbox.Resources;
import io.sandboxmanager.sandbox.SandboxTemplate;

import static org.assertj.core.api.Assertions.assertThat;

class TemplateHashTests {

	private static final Resources SMALL = new Resources(1, 1, 1, null, 0);

	@Test
	void isTheSameInEveryRun() {
		assertThat(plain().hash()).isEqualTo("77a308d061c22dec459cbadebe2e48ec").matches("[0-9a-f]{32}");
	}

	@Test
	void differsWithEverythingThatShapesTheContainer() {
		Stream<SandboxTemplate> others = Stream.of(
				template("image2", Map.of("A", "1"), SMALL, 80, 60, IsolationProfile.AUTO, 1),
				template("image", Map.of("A", "2"), SMALL, 80, 60, IsolationProfile.AUTO, 1),
				template("image", Map.of("B", "1"), SMALL, 80, 60, IsolationProfile.AUTO, 1),
				template("image", Map.of(), SMALL, 80, 60, IsolationProfile.AUTO, 1),
				template("image", Map.of("A", "1"), new Resources(2, 1, 1, null, 0), 80, 60, IsolationProfile.AUTO, 1),
				template("image", Map.of("A", "1"), new Resources(1, 1, 1, 5L, 0), 80, 60, IsolationProfile.AUTO, 1),
				template("image", Map.of("A", "1"), SMALL, 81, 60, IsolationProfile.AUTO, 1),
				template("image", Map.of("A", "1"), SMALL, 80, 61, IsolationProfile.AUTO, 1),
				template("image", Map.of("A", "1"), SMALL, 80, 60, IsolationProfile.STRICT, 1));
		assertThat(Stream.concat(Stream.of(plain()), others).map(SandboxTemplate::hash)).hasSize(10)
			.doesNotHaveDuplicates();
	}

	@Test
	void isTheSameWhateverOfThePoolAndTheLimitsDiffers() {
		assertThat(template("image", Map.of("A", "1"), SMALL, 80, 60, IsolationProfile.AUTO, 9).hash())
			.isEqualTo(plain().hash());
	}

	@Test
	void doesNotDependOnTheOrderOfVariables() {
		Map<String, String> forwards = new LinkedHashMap<>();
		Map<String, String> backwards = new LinkedHashMap<>();
		for (int i = 0; i < 20; i++) {
			forwards.put("V" + i, "x");
			backwards.put("V" + (19 - i), "x");
		}
		assertThat(template("i", forwards, SMALL, 80, 60, IsolationProfile.AUTO, 1).hash())
			.isEqualTo(template("i", backwards, SMALL, 80, 60, IsolationProfile.AUTO, 1).hash());
	}

	private static SandboxTemplate plain() {
		return template("image", Map.of("A", "1"), SMALL, 80, 60, IsolationProfile.AUTO, 1);
	}

	private static SandboxTemplate template(String image, Map<String, String> environment, Resources resources,
			int port, int timeout, IsolationProfile profile, int pool) {
		return TemplateHash.seal(new SandboxTemplate("type", image, environment, resources, port,
				Duration.ofSeconds(timeout), profile, new SandboxTemplate.PoolBounds(pool, pool), pool, pool,
				Optional.of(Duration.ofSeconds(pool)), Optional.of("/" + pool),
				new Exposure(List.of(new Exposure.Range(pool, pool)), OptionalInt.of(pool), pool > 1), ""));
	}

}
