package io.sandboxmanager.agentscope;

import java.lang.reflect.RecordComponent;
import java.util.Locale;

import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/** JSON as this wire writes it: names with underscores, nulls included. */
final class AgentScopeJson {

	static final JsonMapper MAPPER = JsonMapper.builder()
		.propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
		.enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
		.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
		.disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
		.build();

	private AgentScopeJson() {
	}

	/** What a component is called on the wire. */
	static String nameOf(RecordComponent component) {
		return component.getName().replaceAll("(\\p{Upper})", "_$1").toLowerCase(Locale.ROOT);
	}

}
