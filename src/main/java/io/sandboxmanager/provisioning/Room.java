package io.sandboxmanager.provisioning;

/** Where the slot of a new sandbox may come from. */
public enum Room {

	/** Only from those that are free. */
	FREE,

	/** At the limit from a warm sandbox too, which is removed. */
	FREE_OR_WARM

}
