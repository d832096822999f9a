package io.sandboxmanager.store.redis;

import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Starts Redis servers for one test and ends them after it. */
final class RedisServers implements AfterEachCallback {

	private final List<RedisServer> servers = new ArrayList<>();

	/** Starts one that has these options besides the common ones. */
	RedisServer start(String... options) {
		return keep(RedisServer.start(options));
	}

	/** Ends one after the test that was started otherwise. */
	RedisServer keep(RedisServer server) {
		this.servers.add(server);
		return server;
	}

	@Override
	public void afterEach(ExtensionContext context) {
		this.servers.forEach(RedisServer::close);
		this.servers.clear();
	}

}
