package io.sandboxmanager.maintenance;

import java.time.Duration;

/** Something that the server does again and again, one run at a time. */
public interface MaintenanceTask {

	/** What it is called in the log. */
	String name();

	/** The pause between two runs, zero for never. */
	Duration interval();

	/** Does it once. */
	void run();

}
