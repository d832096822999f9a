package io.sandboxmanager.backend;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import io.sandboxmanager.sandbox.Sleeper;

/**
 * Makes a backend worse, to see by hand what the server makes of that. It is asked for in
 * words such as {@code start:delay=2000 start:fail=0.2 start:lose=0.1 start:clash=0.1
 * start:kill=0.1 remove:fail=0.3}: the operation of {@link ContainerBackend}, what goes
 * wrong, and how many milliseconds it takes or how often it happens. A lost answer is one
 * to work that was done; a killed container ends right after its start.
 */
public final class InjectedFaults {

	private static final Logger logger = LoggerFactory.getLogger(InjectedFaults.class);

	private static final Pattern WORD = Pattern
		.compile("(\\w+):(?:(delay)=(\\d{1,6})|(fail|lose|clash|kill)=(0?\\.\\d+|0|1))");

	private final List<Fault> faults = new ArrayList<>();

	private final RandomGenerator random;

	private final Sleeper sleeper;

	/**
	 * Reads what is asked for.
	 * @throws IllegalArgumentException when a word is none of the above
	 */
	public InjectedFaults(String words, RandomGenerator random, Sleeper sleeper) {
		this.random = random;
		this.sleeper = sleeper;
		for (String word : words.strip().split("\\s+", -1)) {
			Matcher parts = WORD.matcher(word);
			if (!parts.matches()) {
				throw new IllegalArgumentException("expected faults such as start:fail=0.2, got " + word);
			}
			boolean delay = parts.group(2) != null;
			this.faults.add(new Fault(parts.group(1), delay ? "delay" : parts.group(4),
					Double.parseDouble(delay ? parts.group(3) : parts.group(5))));
		}
	}

	/** The backend as it is with these faults. */
	public ContainerBackend over(ContainerBackend backend) {
		logger.warn("Faults are injected into the backend: {}", this.faults);
		return (ContainerBackend) Proxy.newProxyInstance(ContainerBackend.class.getClassLoader(),
				new Class<?>[] { ContainerBackend.class },
				(proxy, method, arguments) -> call(backend, method, arguments));
	}

	private @Nullable Object call(ContainerBackend backend, Method method, Object @Nullable [] arguments)
			throws Throwable {
		String operation = method.getName();
		delay(operation);
		if (happens(operation, "fail")) {
			throw new EngineUnreachableException("injected: " + operation + " fails", null);
		}
		if (happens(operation, "clash")) {
			throw new PortTakenException("injected: " + operation + " finds its port taken", null);
		}
		Object result = invoke(backend, method, arguments);
		if (result instanceof ContainerHandle handle && happens(operation, "kill")) {
			backend.stop(handle.ref());
		}
		if (happens(operation, "lose")) {
			throw new EngineUnreachableException("injected: the answer to " + operation + " is lost", null);
		}
		return result;
	}

	private static @Nullable Object invoke(ContainerBackend backend, Method method, Object @Nullable [] arguments)
			throws Throwable {
		try {
			return method.invoke(backend, arguments);
		}
		catch (InvocationTargetException ex) {
			throw ex.getCause();
		}
	}

	private void delay(String operation) throws InterruptedException {
		for (Fault fault : this.faults) {
			if (fault.is(operation, "delay")) {
				this.sleeper.sleep(Duration.ofMillis((long) fault.amount()));
			}
		}
	}

	private boolean happens(String operation, String what) {
		return this.faults.stream()
			.anyMatch((fault) -> fault.is(operation, what) && this.random.nextDouble() < fault.amount());
	}

	/**
	 * What goes wrong in an operation.
	 *
	 * @param amount milliseconds of a delay, else how often it happens, from 0 to 1
	 */
	private record Fault(String operation, String what, double amount) {

		boolean is(String operation, String what) {
			return this.operation.equals(operation) && this.what.equals(what);
		}

		@Override
		public String toString() {
			return this.operation + ":" + this.what + "=" + this.amount;
		}

	}

}
