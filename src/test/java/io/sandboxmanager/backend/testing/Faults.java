package io.sandboxmanager.backend.testing;

import java.util.EnumMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

import org.jspecify.annotations.Nullable;

/**
 * What goes wrong in an {@link InMemoryContainerBackend}, and how often each operation
 * was called. Faults are used up in the order in which they were asked for, each by one
 * call; what was asked for with {@link #failAlways} lasts until {@link #clear}.
 */
public final class Faults {

	private static final long HOLD_LIMIT_SECONDS = 30;

	private final Map<Operation, AtomicInteger> calls = new EnumMap<>(Operation.class);

	private final Map<Operation, Queue<Fault>> planned = new EnumMap<>(Operation.class);

	private final Map<Operation, Supplier<? extends RuntimeException>> lasting = new ConcurrentHashMap<>();

	private final Map<Operation, CountDownLatch> gates = new ConcurrentHashMap<>();

	Faults() {
		for (Operation operation : Operation.values()) {
			this.calls.put(operation, new AtomicInteger());
			this.planned.put(operation, new ConcurrentLinkedQueue<>());
		}
	}

	/** The next call throws and does nothing. */
	public void failNext(Operation operation, RuntimeException failure) {
		queue(operation).add(new Fault(failure, false));
	}

	/** The next call does its work, and then throws: the answer is lost on the way. */
	public void loseNextAnswer(Operation operation, RuntimeException failure) {
		queue(operation).add(new Fault(failure, true));
	}

	/** Every call throws and does nothing. */
	public void failAlways(Operation operation, Supplier<? extends RuntimeException> failure) {
		this.lasting.put(operation, failure);
	}

	/** Calls wait before they do anything, until the gate is opened. */
	public Gate hold(Operation operation) {
		CountDownLatch latch = new CountDownLatch(1);
		this.gates.put(operation, latch);
		return () -> {
			this.gates.remove(operation, latch);
			latch.countDown();
		};
	}

	/** Everything works again; who waits goes on. */
	public void clear() {
		this.planned.values().forEach(Queue::clear);
		this.lasting.clear();
		this.gates.values().forEach(CountDownLatch::countDown);
		this.gates.clear();
	}

	/** How often an operation was called, those held up or failed included. */
	public int calls(Operation operation) {
		return counter(operation).get();
	}

	/** Counts the call and lets the fault happen that is due before its work. */
	@Nullable Fault enter(Operation operation) {
		counter(operation).incrementAndGet();
		await(operation);
		Supplier<? extends RuntimeException> always = this.lasting.get(operation);
		if (always != null) {
			throw always.get();
		}
		Fault fault = queue(operation).poll();
		if (fault != null && !fault.afterwards()) {
			throw fault.failure();
		}
		return fault;
	}

	private void await(Operation operation) {
		CountDownLatch gate = this.gates.get(operation);
		if (gate == null) {
			return;
		}
		try {
			if (!gate.await(HOLD_LIMIT_SECONDS, TimeUnit.SECONDS)) {
				throw new IllegalStateException("the gate of " + operation + " was never opened");
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException("interrupted at the gate of " + operation, ex);
		}
	}

	private AtomicInteger counter(Operation operation) {
		return this.calls.computeIfAbsent(operation, (any) -> new AtomicInteger());
	}

	private Queue<Fault> queue(Operation operation) {
		return this.planned.computeIfAbsent(operation, (any) -> new ConcurrentLinkedQueue<>());
	}

	/** Holds calls up until it is opened. */
	@FunctionalInterface
	public interface Gate extends AutoCloseable {

		void open();

		@Override
		default void close() {
			open();
		}

	}

	/**
	 * @param afterwards whether the work is done before it happens
	 */
	record Fault(RuntimeException failure, boolean afterwards) {
	}

}
