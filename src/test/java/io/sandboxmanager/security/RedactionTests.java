package io.sandboxmanager.security;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** What of a query may stand in a log. */
class RedactionTests {

	@ParameterizedTest
	@CsvSource({ "password=x,password=***", "a=1&token=x&b=2,a=1&token=***&b=2", "TOKEN=x,TOKEN=***",
			"ticket=x=y&ticket=z,ticket=***&ticket=***", "%70assword=x,%70assword=***", "%zz=x,%zz=***",
			"token=,token=***", "tokens=x&mytoken=y,tokens=x&mytoken=y", "a&=x&&b=,a&=x&&b=", "'',''" })
	void secretParametersAreHidden(String query, String logged) {
		assertThat(Redaction.query(query)).isEqualTo(logged);
	}

	@Test
	void pathWithoutAQueryStaysAsItIs() {
		assertThat(Redaction.target("/a", null)).isEqualTo("/a");
		assertThat(Redaction.target("/a", "b=c")).isEqualTo("/a?b=c");
	}

}
