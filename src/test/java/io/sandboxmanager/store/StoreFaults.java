package io.sandboxmanager.store;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

import io.sandboxmanager.sandbox.StateUnavailableException;
import org.jspecify.annotations.Nullable;

/**
 * What goes wrong in a store. Faults of an operation are used up in the order in which
 * they were asked for, each by one call, which then does nothing.
 */
public final class StoreFaults {

	private final Map<String, Queue<RuntimeException>> planned = new ConcurrentHashMap<>();

	private final Map<String, Queue<Object>> answers = new ConcurrentHashMap<>();

	private final Map<String, Queue<Runnable>> events = new ConcurrentHashMap<>();

	private volatile boolean dead;

	/** The store in which it goes wrong. */
	public SandboxStore over(SandboxStore store) {
		return (SandboxStore) Proxy.newProxyInstance(SandboxStore.class.getClassLoader(),
				new Class<?>[] { SandboxStore.class }, (proxy, method, arguments) -> call(store, method, arguments));
	}

	/** The next call of an operation throws. */
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
		try {
			return method.invoke(store, arguments);
		}
		catch (InvocationTargetException ex) {
			throw ex.getCause();
		}
	}

}
