package io.sandboxmanager.store.redis;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/** A Redis Cluster of the tests: three nodes, all of them masters. */
final class RedisCluster implements AutoCloseable {

	private static final Duration LIMIT = Duration.ofSeconds(30);

	private final List<RedisServer> nodes;

	private RedisCluster(List<RedisServer> nodes) {
		this.nodes = nodes;
	}

	/** Starts one and waits until it serves all slots. */
	static RedisCluster start() {
		RedisCluster cluster = new RedisCluster(
				Stream.generate(() -> RedisServer.start("--cluster-enabled", "yes")).limit(3).toList());
		List<String> command = new ArrayList<>(List.of("--cluster", "create"));
		command.addAll(cluster.addresses());
		command.add("--cluster-yes");
		assertThat(cluster.nodes.get(0).cli(command.toArray(String[]::new))).contains("All 16384 slots covered");
		await().atMost(LIMIT)
			.until(() -> cluster.nodes.stream()
				.allMatch((node) -> node.cli("cluster", "info").contains("cluster_state:ok")));
		return cluster;
	}

	List<RedisServer> nodes() {
		return this.nodes;
	}

	List<String> addresses() {
		return this.nodes.stream().map((node) -> "127.0.0.1:" + node.port()).toList();
	}

	@Override
	public void close() {
		this.nodes.forEach(RedisServer::close);
	}

}
