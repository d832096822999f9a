package io.sandboxmanager.store;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;

import io.sandboxmanager.sandbox.StateUnavailableException;

/**
 * What goes wrong in a store: calls that do nothing, answers that are lost on the way
 * though the work is done, and answers that come late. Faults of an operation are used up
 * in the order in which they were asked for, each by one call.
 */
public final class StoreFaults {

	private final Map<String, Queue<RuntimeException>> planned = new ConcurrentHashMap<>();

	private final Map<String, Queue<Object>> answers = new ConcurrentHashMap<>();

	private final Map<String, Queue<Runnable>> events = new ConcurrentHashMap<>();

	private final Map<String, Queue<Runnable>> afterwards = new ConcurrentHashMap<>();

	private volatile boolean dead;

	/** The store in which it goes wrong. */
	public SandboxStore over(SandboxStore store) {
		return (SandboxStore) Proxy.newProxyInstance(SandboxStore.class.getClassLoader(),
				new Class<?>[] { SandboxStore.class }, (proxy, method, arguments) -> call(store, method, arguments));
	}

	/** The next call of an operation throws and does nothing. */
	public void failNext(String operation, RuntimeException failure) {
		this.planned.computeIfAbsent(operation, (any) -> new ConcurrentLinkedQueue<>()).add(failure);
	}

	/** The next call of an operation does nothing but answer so. */
	public void answerNext(String operation, Object answer) {
		this.answers.computeIfAbsent(operation, (any) -> new ConcurrentLinkedQueue<>()).add(answer);
	}

	/**
	 * Something happens just before the nth of the next calls of an operation, which then
	 * goes on.
	 */
	public void beforeNext(String operation, int nth, Runnable event) {
		Queue<Runnable> queue = this.events.computeIfAbsent(operation, (any) -> new ConcurrentLinkedQueue<>());
		for (int i = 1; i < nth; i++) {
			queue.add(() -> {
			});
		}
		queue.add(event);
	}

	/**
	 * The next call of an operation does its work, of which its caller learns nothing.
	 */
	public void loseNextAnswer(String operation) {
		afterNext(operation, () -> {
			throw new StateUnavailableException("the answer to " + operation + " was lost", null);
		});
	}

	/**
	 * The answer to the next call of an operation comes late, after its work was done.
	 */
	public void delayNextAnswer(String operation, Duration delay, MutableClock clock) {
		afterNext(operation, () -> clock.advance(delay));
	}

	private void afterNext(String operation, Runnable event) {
		this.afterwards.computeIfAbsent(operation, (any) -> new ConcurrentLinkedQueue<>()).add(event);
	}

	/** Whether everything that was asked for has come to pass. */
	public boolean areUsedUp() {
		return Stream.of(this.planned, this.answers, this.events, this.afterwards)
			.flatMap((faults) -> faults.values().stream())
			.allMatch(Queue::isEmpty);
	}

	/**
	 * Whoever makes the nth of the next calls of an operation dies just before it:
	 * neither this call nor any later one reaches the store, until {@link #revive}.
	 */
	public void dieBeforeNext(String operation, int nth) {
		beforeNext(operation, nth, () -> this.dead = true);
	}

	/** Lets somebody else use the store. */
	public void revive() {
		this.dead = false;
	}

	private @Nullable Object call(SandboxStore store, Method method, Object @Nullable [] arguments) throws Throwable {
		Queue<RuntimeException> faults = this.planned.get(method.getName());
		RuntimeException fault = (faults != null) ? faults.poll() : null;
		if (fault != null) {
			throw fault;
		}
		Queue<Object> answers = this.answers.get(method.getName());
		Object answer = (answers != null) ? answers.poll() : null;
		if (answer != null) {
			return answer;
		}
		Queue<Runnable> events = this.events.get(method.getName());
		Runnable event = (events != null) ? events.poll() : null;
		if (event != null) {
			event.run();
		}
		if (this.dead) {
			throw new StateUnavailableException("dead", null);
		}
		Object result = work(store, method, arguments);
		Queue<Runnable> afterwards = this.afterwards.get(method.getName());
		Runnable late = (afterwards != null) ? afterwards.poll() : null;
		if (late != null) {
			late.run();
		}
		return result;
	}

	private static @Nullable Object work(SandboxStore store, Method method, Object @Nullable [] arguments)
			throws Throwable {
		try {
			return method.invoke(store, arguments);
		}
		catch (InvocationTargetException ex) {
			throw ex.getCause();
		}
	}

}
