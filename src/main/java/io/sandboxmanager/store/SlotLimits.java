package io.sandboxmanager.store;

/**
 * How many records may take a slot, zero for any number.
 *
 * @param total of all types together
 * @param ofType of the type of the record that is about to take one
 */
public record SlotLimits(int total, int ofType) {

	/** As many as there may be. */
	public static final SlotLimits NONE = new SlotLimits(0, 0);

}
