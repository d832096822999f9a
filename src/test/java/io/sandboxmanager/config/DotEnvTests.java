package io.sandboxmanager.config;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class DotEnvTests {

	@ParameterizedTest
	@CsvSource(delimiter = '|', quoteCharacter = '`', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
			A=b                       | b
			A = b                     | b
			export A=b                | b
			A=                        | ``
			A=b c                     | b c
			A=b # comment             | b
			A= # comment              | ``
			A=b#c                     | b#c
			A=a=b                     | a=b
			A=it's                    | it's
			A="b # c"                 | b # c
			A="b" # comment           | b
			A='b # c'# comment        | b # c
			A=''                      | ``
			A=" b "                   | ` b `
			A='a\\nb "c"'             | a\\nb "c"
			A="a\\\\b \\"c\\" \\q"    | a\\b "c" \\q
			A="it's"                  | it's
			A=[1, 2]                  | [1, 2]
			A={"/a b": "/c"}          | {"/a b": "/c"}
			A=${HOME}/x               | ${HOME}/x
			A="${HOME}"               | ${HOME}
			A=$B\\n                   | $B\\n
			""")
	void readsOneVariable(String line, String value) {
		DotEnv parsed = DotEnv.parse(line);
		assertThat(parsed.mistakes()).isEmpty();
		assertThat(parsed.entries()).containsExactly(new DotEnv.Entry("A", value, 1));
	}

	@Test
	void readsEscapesInDoubleQuotes() {
		assertThat(DotEnv.parse("A=\"1\\n2\\t3\\r4\"").entries()).extracting(DotEnv.Entry::value)
			.containsExactly("1\n2\t3\r4");
	}

	@Test
	void skipsCommentsAndEmptyLinesButCountsThem() {
		DotEnv parsed = DotEnv.parse("\uFEFF# first\r\n\r\n  A=1\r\n   # more\nexport\tB=2");
		assertThat(parsed.mistakes()).isEmpty();
		assertThat(parsed.entries()).containsExactly(new DotEnv.Entry("A", "1", 3), new DotEnv.Entry("B", "2", 5));
	}

	@ParameterizedTest
	@ValueSource(strings = { "TOPSECRET", "A B=TOPSECRET", "=TOPSECRET", "A='TOPSECRET", "A=\"TOPSECRET",
			"A=\"TOPSECRET\\\"", "A='x' TOPSECRET", "A=\"x\" TOPSECRET", "'A'=TOPSECRET" })
	void reportsOtherLinesWithoutShowingThem(String line) {
		DotEnv parsed = DotEnv.parse("B=1\n" + line);
		assertThat(parsed.entries()).extracting(DotEnv.Entry::name).containsExactly("B");
		assertThat(parsed.mistakes()).singleElement()
			.isEqualTo(new DotEnv.Mistake(2, "expected NAME=value, with a quoted value ended on the same line"));
	}

}
