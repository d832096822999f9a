package io.sandboxmanager.runtime;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * How the API inside a sandbox is called.
 *
 * @param connectTimeout how long a connection may take
 * @param grace what a call gets beyond its sandbox's own limit, so that the sandbox is
 * the one to say that it is over
 * @param probeConnectTimeout how long the connection of a health probe may take
 * @param probeTimeout how long a health probe may take altogether
 * @param connectionsPerSandbox how many calls of one sandbox may be under way
 * @param connections how many calls may be under way
 * @param maxAnswer the longest answer that is passed on; never more than an eighth of the
 * server's own memory
 */
@ConfigurationProperties("sandbox-manager.runtime")
public record RuntimeProperties(@DefaultValue("2s") Duration connectTimeout, @DefaultValue("5s") Duration grace,
		@DefaultValue("1s") Duration probeConnectTimeout, @DefaultValue("2s") Duration probeTimeout,
		@DefaultValue("64") int connectionsPerSandbox, @DefaultValue("1024") int connections,
		@DefaultValue("64MB") DataSize maxAnswer) {

	private static final int SHARE_OF_MEMORY = 8;

	int maxAnswerBytes() {
		return (int) Math.min(this.maxAnswer.toBytes(), Runtime.getRuntime().maxMemory() / SHARE_OF_MEMORY);
	}

}
