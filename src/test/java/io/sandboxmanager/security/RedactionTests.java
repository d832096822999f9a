package io.sandboxmanager.security;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

/** What of a request may stand in a log. */
class RedactionTests {

	@ParameterizedTest
	@CsvSource({ "password=x,password=***", "a=1&token=x&b=2,a=1&token=***&b=2", "TOKEN=x,TOKEN=***",
			"ticket=x=y&ticket=z,ticket=***&ticket=***", "%70assword=x,%70assword=***", "%zz=x,%zz=***",
			"token=,token=***", "tokens=x&mytoken=y,tokens=x&mytoken=y", "a&=x&&b=,a&=x&&b=", "'',''",
			"path=websockify%3Fticket%3Dsmt_a-B_9&view=1,path=***&view=1", "path=a%3FPassword%3Dx,path=***",
			"path=%zz,path=***", "next=smt_a-B_9,next=smt_***", "smt_a-B_9,smt_***" })
	void secretParametersAreHidden(String query, String logged) {
		assertThat(Redaction.query(query)).isEqualTo(logged);
	}

	@ParameterizedTest
	@CsvSource({ "/desktop/box/~k-e_y/vnc/vnc.html,/desktop/box/~***/vnc/vnc.html",
			"/desktop/box/~key,/desktop/box/~***", "/sandboxes/box/~key/ports/80/,/sandboxes/box/~***/ports/80/",
			"/desktop/box/%7Ekey/a,/desktop/box/%7E***/a", "/%64esktop/box/~key/a,/%64esktop/box/~***/a",
			"//desktop/box/~key;a=b/c,//desktop/box/~***/c", "/%zz/~key,/%zz/~***",
			"/desktop/box/vnc.html,/desktop/box/vnc.html", "/proxy/box/~user/a,/proxy/box/~user/a",
			"/api/v1/sandboxes/box/tickets/smt_a-B_9,/api/v1/sandboxes/box/tickets/smt_***" })
	void ticketInAPathIsHidden(String path, String logged) {
		assertThat(Redaction.path(path)).isEqualTo(logged);
		assertThat(Redaction.target(path, "a=b")).isEqualTo(logged + "?a=b");
	}

	@Test
	void pathWithoutAQueryStaysAsItIs() {
		assertThat(Redaction.target("/a", null)).isEqualTo("/a");
		assertThat(Redaction.target("/a", "b=c")).isEqualTo("/a?b=c");
	}

}
