package io.sandboxmanager.store.redis;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

import redis.clients.jedis.Jedis;

/**
 * The keys of a Redis compared with what its records say: each list is rebuilt from the
 * facts in the records, as {@code docs/state.md} tells them, and no key may be there that
 * nothing explains. For a moment at which nothing changes.
 */
public final class RedisBooks {

	private static final String TAG = "{sandbox-manager}:";

	private static final Set<String> OCCUPYING = Set.of("PROVISIONING", "WARM", "RUNNING", "STOPPED");

	private static final Set<String> COUNTING_ON_CONTAINER = Set.of("PROVISIONING", "WARM", "RUNNING", "STOPPED",
			"RELEASING");

	private static final Set<String> IN_SESSION = Set.of("RUNNING", "STOPPED", "RECYCLED");

	/** What does not follow from records. */
	private static final Pattern OTHERS = Pattern
		.compile("tokens|places|ticket-key|revoked-tickets|incarnation|manager|seal|servers|engines"
				+ "|(pool|queue|queue-ends|lease):[^:]+(:[^:]+)?|claim:[0-9a-f-]{36}[.][0-9]+");

	private final Map<String, Set<String>> expected = new TreeMap<>();

	private final Map<String, Set<String>> found = new TreeMap<>();

	private final List<String> mistakes = new ArrayList<>();

	private RedisBooks() {
	}

	/** What does not agree, a line for each entry; nothing when all is well. */
	public static List<String> mistakes(RedisServer redis) {
		RedisBooks books = new RedisBooks();
		try (Jedis client = new Jedis("127.0.0.1", redis.port())) {
			for (String key : client.keys("*")) {
				books.read(key, client);
			}
		}
		books.compare();
		return books.mistakes;
	}

	private void read(String key, Jedis client) {
		String name = key.startsWith(TAG) ? key.substring(TAG.length()) : "";
		if (name.startsWith("sandbox:")) {
			expect(name.substring("sandbox:".length()), client.hgetAll(key));
		}
		else if (name.startsWith("queue:")) {
			Set<String> ends = new TreeSet<>(client.zrange(key.replace("queue:", "queue-ends:"), 0, -1));
			if (!ends.equals(new TreeSet<>(client.zrange(key, 0, -1)))) {
				this.mistakes.add(name + " and the ends of its places name others");
			}
		}
		else if (!OTHERS.matcher(name).matches()) {
			find(name, key, client);
		}
	}

	private void find(String name, String key, Jedis client) {
		switch (client.type(key)) {
			case "hash" -> client.hgetAll(key).forEach((from, to) -> add(this.found, name, from + " = " + to));
			case "zset" -> client.zrangeWithScores(key, 0, -1)
				.forEach((entry) -> add(this.found, name, name.equals("deadlines")
						? entry.getElement() + " at " + (long) entry.getScore() : entry.getElement()));
			default -> this.mistakes.add(key + " is a key that nothing explains");
		}
	}

	/** Where the facts of a record say that it is found. */
	private void expect(String id, Map<String, String> record) {
		String state = record.getOrDefault("state", "none");
		String type = record.get("type");
		add(this.expected, "ids", id);
		if (state.equals("WARM")) {
			expectWarm(id, record);
		}
		if (state.equals("PROVISIONING") && "pool".equals(record.get("owner"))) {
			add(this.expected, "starting:" + type, id);
		}
		if (OCCUPYING.contains(state)) {
			add(this.expected, "occupied", id);
			add(this.expected, "occupied:" + type, id);
		}
		if (IN_SESSION.contains(state) && record.containsKey("session")) {
			add(this.expected, "session:" + record.get("session"), id);
			add(this.expected, "sessions", record.get("session"));
		}
		if (COUNTING_ON_CONTAINER.contains(state) && record.containsKey("engine")) {
			add(this.expected, "containers:" + record.get("engine"), record.get("ref") + " = " + id);
		}
		String ref = record.getOrDefault("ref", record.get("formerRef"));
		if (ref != null) {
			add(this.expected, "refs", ref + " = " + id);
		}
		if (record.containsKey("deadline")) {
			add(this.expected, "deadlines", id + " at " + Long.parseLong(record.get("deadline")) / 1000);
		}
	}

	private void expectWarm(String id, Map<String, String> record) {
		String type = record.get("type");
		String template = type + ":" + record.get("hash");
		String usedBy = record.get("usedBy");
		add(this.expected, "warm", id);
		add(this.expected, "warm:" + type, id);
		add(this.expected, "warm:" + template + ((usedBy != null) ? ":of:" + usedBy : ""), id);
		if (usedBy != null) {
			add(this.expected, "used:" + template, id);
		}
	}

	private static void add(Map<String, Set<String>> lists, String key, String entry) {
		lists.computeIfAbsent(key, (any) -> new TreeSet<>()).add(entry);
	}

	private void compare() {
		Set<String> keys = new TreeSet<>(this.expected.keySet());
		keys.addAll(this.found.keySet());
		for (String key : keys) {
			tell(key + " lacks ", this.expected.getOrDefault(key, Set.of()), this.found.getOrDefault(key, Set.of()));
			tell(key + " has without a record that says so ", this.found.getOrDefault(key, Set.of()),
					this.expected.getOrDefault(key, Set.of()));
		}
	}

	private void tell(String what, Set<String> some, Set<String> others) {
		some.stream().filter((entry) -> !others.contains(entry)).forEach((entry) -> this.mistakes.add(what + entry));
	}

}
