package io.sandboxmanager.agentscope;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.springframework.http.MediaType;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

import io.sandboxmanager.sandbox.ByteBudget;
import io.sandboxmanager.sandbox.HeldBytes;
import io.sandboxmanager.sandbox.ServerBusyException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

/** What the bodies of requests take of the memory, and that they give it back. */
class RequestMemoryTests {

	private static final int BODY = 200_000;

	private final ByteBudget budget = new ByteBudget("large requests", 1 << 20, 1 << 20, Duration.ofMillis(1));

	private final Handler handler = new Handler();

	private final MockMvc server = MockMvcBuilders.standaloneSetup(this.handler)
		.setCustomArgumentResolvers(new RpcArgumentsResolver(this.budget))
		.addInterceptors(new RequestMemory())
		.build();

	@Test
	void bodyIsHeldUntilTheRequestIsOver() throws Exception {
		call(BODY);
		assertThat(this.handler.held).isGreaterThan(3L * BODY);
		assertThat(this.budget.held()).isZero();
	}

	@Test
	void failedCallGivesEverythingBack() {
		this.handler.fails = true;
		assertThatThrownBy(() -> call(BODY)).hasRootCauseMessage("failed");
		assertThat(this.handler.held).isPositive();
		assertThat(this.budget.held()).isZero();
	}

	@Test
	void bodyThatIsTooLongForTheMemoryIsRefused() {
		assertThatThrownBy(() -> call(1 << 20)).hasRootCauseInstanceOf(RpcException.class)
			.hasMessageContaining("longer than " + (1 << 18) + " bytes");
		assertThat(this.budget.held()).isZero();
	}

	@Test
	void bodyThatFindsNoRoomIsRefusedUnlessItIsSmall() throws Exception {
		try (HeldBytes all = new HeldBytes(this.budget, 1)) {
			all.read(new ByteArrayInputStream(new byte[1 << 20]), 1 << 20);
			assertThatThrownBy(() -> call(BODY)).hasRootCauseInstanceOf(ServerBusyException.class);
			call(10);
		}
		assertThat(this.budget.held()).isZero();
	}

	@Test
	void allIsGivenBackEvenIfOnePartCannotBe() throws Exception {
		MockHttpServletRequest request = new MockHttpServletRequest();
		List<String> closed = new ArrayList<>();
		RequestMemory.hold(request, () -> closed.add("first"));
		IOException failure = new IOException("on purpose");
		RequestMemory.hold(request, () -> {
			throw failure;
		});
		RequestMemory.hold(request, () -> closed.add("third"));
		assertThatThrownBy(
				() -> new RequestMemory().afterCompletion(request, new MockHttpServletResponse(), this, null))
			.isSameAs(failure);
		assertThat(closed).containsExactlyInAnyOrder("first", "third");
	}

	private void call(int length) throws Exception {
		this.server
			.perform(post("/call").contentType(MediaType.APPLICATION_JSON)
				.content("{\"identity\":\"" + "x".repeat(length) + "\"}"))
			.andExpect(status().isOk());
	}

	/** Remembers what was held while it was called. */
	@RestController
	class Handler {

		private long held;

		private boolean fails;

		@PostMapping("/call")
		void call(RpcArguments.OfSandbox arguments) {
			this.held = RequestMemoryTests.this.budget.held();
			if (this.fails) {
				throw new IllegalStateException("failed");
			}
		}

	}

}
