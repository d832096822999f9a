package io.sandboxmanager.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

import io.sandboxmanager.config.SandboxServer;
import io.sandboxmanager.config.ServerSettings;
import io.sandboxmanager.config.ServerVersion;
import io.sandboxmanager.config.StartFailure;

/** The command line. Without a subcommand it serves. */
@Command(name = "sandbox-manager", synopsisSubcommandLabel = "[serve]",
		description = "Hands out isolated sandboxes to AI agents and stays in front of them.",
		versionProvider = SandboxManager.Version.class, footerHeading = "%nSettings%n",
		footer = { "Variables of the environment win over --config files, these over .env in",
				"the working folder, and that over the defaults. .env.example and",
				"docs/configuration.md list them." })
public final class SandboxManager implements Callable<Integer> {

	private static final String CONFIG = "File of NAME=value lines; may be repeated, the last one wins.";

	private final Map<String, String> environment;

	private final Path folder;

	private final Consumer<ServerSettings> server;

	@Option(names = "--config", paramLabel = "FILE", description = CONFIG)
	private List<Path> files = new ArrayList<>();

	@Spec
	private CommandSpec spec = CommandSpec.create();

	SandboxManager(Map<String, String> environment, Path folder, Consumer<ServerSettings> server) {
		this.environment = environment;
		this.folder = folder;
		this.server = server;
	}

	public static void main(String[] args) {
		SandboxManager manager = new SandboxManager(System.getenv(), Path.of(""), SandboxServer::start);
		int exitCode = manager.commandLine().execute(args);
		// A server that started lives on when this thread ends.
		if (exitCode != 0) {
			System.exit(exitCode);
		}
	}

	CommandLine commandLine() {
		CommandLine commandLine = new CommandLine(this);
		commandLine.setParameterExceptionHandler((ex, arguments) -> {
			CommandLine command = ex.getCommandLine();
			command.getErr().println(ex.getMessage() + "; see " + this.spec.name() + " --help");
			return CommandLine.ExitCode.USAGE;
		});
		commandLine.setExecutionExceptionHandler((ex, command, result) -> report(ex));
		return commandLine;
	}

	@Option(names = { "-h", "--help" }, usageHelp = true, scope = ScopeType.INHERIT, description = "Show this help.")
	void help(boolean asked) {
	}

	@Option(names = { "-V", "--version" }, versionHelp = true, scope = ScopeType.INHERIT,
			description = "Show the version.")
	void version(boolean asked) {
	}

	@Command(name = "serve", versionProvider = Version.class,
			description = "Run the server; so does no subcommand at all.")
	int serve(@Option(names = "--config", paramLabel = "FILE", description = CONFIG) @Nullable List<Path> more) {
		this.files.addAll((more != null) ? more : List.of());
		return call();
	}

	@Override
	public Integer call() {
		this.server.accept(ServerSettings.read(this.environment, this.folder, this.files));
		return CommandLine.ExitCode.OK;
	}

	private int report(Exception failure) throws Exception {
		StartFailure known = StartFailure.of(failure).orElseThrow(() -> failure);
		known.lines().forEach((line) -> this.spec.commandLine().getErr().println(line));
		return known.exitCode();
	}

	/** Prints the version that the build wrote into the jar. */
	static final class Version implements CommandLine.IVersionProvider {

		@Override
		public String[] getVersion() {
			return new String[] { "sandbox-manager " + ServerVersion.current() };
		}

	}

}
