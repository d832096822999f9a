package io.sandboxmanager.security;

import java.net.URI;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import io.sandboxmanager.gateway.FakeSandboxes;
import io.sandboxmanager.sandbox.Sandbox;

import static org.assertj.core.api.Assertions.assertThat;

/** Who may see a desktop. */
class DesktopAccessTests {

	private final FakeSandboxes sandboxes = new FakeSandboxes();

	private final Sandbox sandbox = this.sandboxes.add(URI.create("http://127.0.0.1:1"));

	private final Sandbox other = this.sandboxes.add(URI.create("http://127.0.0.1:1"));

	@Test
	void callersOfGuardedServerAreAdmitted() {
		DesktopAccess access = access("secret", true);
		assertThat(access.admitsCaller("right", "null")).isTrue();
		assertThat(access.admitsCaller("wrong", null)).isFalse();
		assertThat(access.admitsCaller(null, null)).isFalse();
	}

	@Test
	void everybodyIsAdmittedWhenTheServerSaysSo() {
		assertThat(access("secret", false).admitsCaller(null, "null")).isTrue();
	}

	@Test
	void serverWithoutTokenAdmitsEverybodyButPagesWithoutOrigin() {
		for (String token : new String[] { null, "" }) {
			assertThat(access(token, true).admitsCaller(null, null)).isTrue();
			assertThat(access(token, true).admitsCaller(null, "null")).isFalse();
		}
	}

	@Test
	void passwordAndKeyOpenTheirOwnDesktop() {
		DesktopAccess access = access("secret", true);
		String password = this.sandbox.token().secret();
		String key = access.keyOf(this.sandbox);
		assertThat(access.admitsPassword(this.sandbox, password)).isTrue();
		assertThat(access.admitsKey(this.sandbox, key)).isTrue();
		assertThat(access.admitsPassword(this.other, password)).isFalse();
		assertThat(access.admitsKey(this.other, key)).isFalse();
		assertThat(access.admitsPassword(this.sandbox, null)).isFalse();
		assertThat(access.admitsKey(this.sandbox, null)).isFalse();
	}

	@Test
	void keyIsNotThePassword() {
		DesktopAccess access = access("secret", true);
		String key = access.keyOf(this.sandbox);
		assertThat(key).matches("[A-Za-z0-9_-]{43}").doesNotContain(this.sandbox.token().secret());
		assertThat(access.admitsPassword(this.sandbox, key)).isFalse();
		assertThat(access.admitsKey(this.sandbox, this.sandbox.token().secret())).isFalse();
	}

	private static DesktopAccess access(@Nullable String token, boolean requiresAuth) {
		return new DesktopAccess(new SecurityProperties(token, false, requiresAuth), "right"::equals);
	}

}
