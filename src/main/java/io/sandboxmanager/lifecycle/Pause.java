package io.sandboxmanager.lifecycle;

import java.time.Duration;

/** Sleeps; tests let it return at once. */
@FunctionalInterface
public interface Pause {

	void sleep(Duration time);

}
