package io.sandboxmanager.system;

import java.util.List;
import java.util.Map;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/** The tools of a filesystem sandbox, called through the server. */
@Timeout(120)
class FilesystemToolsIT {

	private static final String GROUP = "filesystem";

	@RegisterExtension
	static final Servers servers = Servers.forAllTests();

	private static Api api;

	private static String sandbox;

	@BeforeAll
	static void create() {
		api = servers.server().start().api();
		JsonNode name = Api.data(api.call("/create", Map.of("sandbox_type", "filesystem")));
		assertThat(name.isString()).as("a sandbox of the image that bin/build-images filesystem makes").isTrue();
		sandbox = name.asString();
	}

	@AfterAll
	static void release() {
		api.release(sandbox);
	}

	private static JsonNode call(String tool, Map<String, ?> arguments) {
		return Api.data(api.call("/call_tool", Map.of("identity", sandbox, "tool_name", tool, "arguments", arguments)));
	}

	private static String told(String tool, Map<String, ?> arguments) {
		JsonNode result = call(tool, arguments);
		assertThat(result.path("isError").booleanValue()).as(result.toString()).isFalse();
		return result.path("content").path(0).path("text").asString();
	}

	@Test
	void theToolsAreListedInTheirGroupBesideTheGenericOnes() {
		JsonNode listed = Api.data(api.call("/list_tools", Map.of("identity", sandbox, "tool_type", GROUP)))
			.path(GROUP);
		assertThat(listed.propertyNames()).containsExactlyInAnyOrder("read_file", "read_text_file", "read_media_file",
				"read_multiple_files", "write_file", "edit_file", "create_directory", "list_directory",
				"list_directory_with_sizes", "directory_tree", "move_file", "search_files", "get_file_info",
				"list_allowed_directories");
		assertThat(Api.data(api.call("/list_tools", Map.of("identity", sandbox))).propertyNames()).contains("generic",
				GROUP);
	}

	@Test
	void filesAreWrittenEditedMovedAndFound() {
		assertThat(told("create_directory", Map.of("path", "/workspace/notes/old"))).contains("Successfully created");
		told("write_file", Map.of("path", "/workspace/notes/a.txt", "content", "one\ntwo\n"));
		assertThat(
				told("edit_file",
						Map.of("path", "/workspace/notes/a.txt", "edits",
								List.of(Map.of("oldText", "two", "newText", "drei")), "dryRun", false)))
			.contains("-two\n+drei\n");
		told("move_file", Map.of("source", "/workspace/notes/a.txt", "destination", "/workspace/notes/old/b.txt"));
		assertThat(told("search_files", Map.of("path", "/workspace", "pattern", "notes/**/*.txt")))
			.isEqualTo("/workspace/notes/old/b.txt");
		assertThat(told("read_text_file", Map.of("path", "notes/old/b.txt", "head", 2))).isEqualTo("one\ndrei");
		JsonNode tree = JsonMapper.shared().readTree(told("directory_tree", Map.of("path", "/workspace/notes")));
		assertThat(tree.path(0).path("children").path(0).path("name").asString()).isEqualTo("b.txt");
		assertThat(api.shell(sandbox, "cat /workspace/notes/old/b.txt")).isEqualTo("one\ndrei\n");
	}

	@Test
	void nothingOutsideTheWorkspaceIsReached() {
		api.shell(sandbox, "ln -s /etc /workspace/etc");
		for (String path : List.of("/etc/passwd", "../etc/passwd", "/workspace/etc/passwd", "/workspace2/x")) {
			JsonNode result = call("read_file", Map.of("path", path));
			assertThat(result.path("isError").booleanValue()).as(path).isTrue();
			assertThat(result.path("content").path(0).path("text").asString()).startsWith("Access denied - ");
		}
	}

}
