package io.sandboxmanager.backend.local;

import java.nio.file.Path;
import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How sandboxes run as processes of this machine.
 *
 * @param unconfined whether they run without bubblewrap where there is none
 * @param python the interpreter that runs the agent, 3.9 or later; only what lies below
 * {@code /usr} is seen in a sandbox
 * @param scratch size of each temporary folder of a sandbox, which counts as its memory
 * @param maxFile how long a file may become, zero for any length
 * @param callTimeout limit of one start, stop or removal
 */
@ConfigurationProperties("sandbox-manager.local")
public record LocalProperties(@DefaultValue("false") boolean unconfined, @DefaultValue("/usr/bin/python3") Path python,
		@DefaultValue("256MB") DataSize scratch, @DefaultValue("4GB") DataSize maxFile,
		@DefaultValue("30s") Duration callTimeout) {
}
