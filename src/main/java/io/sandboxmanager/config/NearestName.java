package io.sandboxmanager.config;

import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the setting that somebody may have meant. */
final class NearestName {

	private NearestName() {
	}

	/** The name of a setting from which this one differs by a slip or two. */
	static Optional<String> of(String written) {
		String name = written.toUpperCase(Locale.ROOT);
		int slips = (name.length() >= 8) ? 2 : 1;
		return Settings.ALL.stream()
			.flatMap((setting) -> setting.names().stream())
			.filter((known) -> Math.abs(known.length() - name.length()) <= slips && distance(known, name) <= slips)
			.min(Comparator.comparingInt((known) -> distance(known, name)));
	}

	/** Letters to add, drop, change or swap with a neighbour. */
	static int distance(String a, String b) {
		int[][] cost = new int[a.length() + 1][b.length() + 1];
		for (int i = 0; i <= a.length(); i++) {
			for (int j = 0; j <= b.length(); j++) {
				cost[i][j] = (i == 0 || j == 0) ? i + j : step(cost, a, b, i, j);
			}
		}
		return cost[a.length()][b.length()];
	}

	private static int step(int[][] cost, String a, String b, int i, int j) {
		int change = (a.charAt(i - 1) == b.charAt(j - 1)) ? 0 : 1;
		int best = Math.min(cost[i - 1][j - 1] + change, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
		boolean swapped = i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
		return swapped ? Math.min(best, cost[i - 2][j - 2] + 1) : best;
	}

}
