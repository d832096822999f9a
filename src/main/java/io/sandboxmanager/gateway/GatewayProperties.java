package io.sandboxmanager.gateway;

import java.time.Duration;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How requests are forwarded to sandboxes.
 *
 * @param connectTimeout how long the connection to a sandbox may take
 * @param firstByteTimeout how long a sandbox may take, once it has the request, until the
 * head of its answer is complete
 * @param idleTimeout how long a sandbox may take nothing of a body, or send nothing of
 * its answer's
 * @param connectionsPerSandbox how many requests to one sandbox are under way at most
 * @param connections how many requests to all sandboxes are under way at most
 * @param queueTimeout how long a request waits for one of these connections
 * @param keepAlive how long an unused connection to a sandbox is kept
 * @param clientTimeout how long a client may neither send nor take anything of a body
 * @param clientCheckInterval how often a waiting request looks whether its client left,
 * or its sandbox has had its time
 * @param handshakeTimeout how long a sandbox may take to accept a WebSocket
 * @param tunnels how many WebSockets are open at most
 * @param tunnelsPerSandbox how many of them to one sandbox
 * @param tunnelIdleTimeout how long a WebSocket may carry nothing, zero for any time
 */
@ConfigurationProperties("sandbox-manager.gateway")
public record GatewayProperties(@DefaultValue("2s") Duration connectTimeout,
		@DefaultValue("1h") Duration firstByteTimeout, @DefaultValue("1h") Duration idleTimeout,
		@DefaultValue("64") int connectionsPerSandbox, @DefaultValue("1024") int connections,
		@DefaultValue("5s") Duration queueTimeout, @DefaultValue("3s") Duration keepAlive,
		@DefaultValue("5m") Duration clientTimeout, @DefaultValue("1s") Duration clientCheckInterval,
		@DefaultValue("10s") Duration handshakeTimeout, @DefaultValue("1024") int tunnels,
		@DefaultValue("256") int tunnelsPerSandbox, @DefaultValue("1h") Duration tunnelIdleTimeout) {
}
