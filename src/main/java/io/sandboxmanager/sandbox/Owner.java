package io.sandboxmanager.sandbox;

/** Who asked for a sandbox. Without authentication everybody is {@link #ANONYMOUS}. */
public record Owner(String name) {

	public static final Owner ANONYMOUS = new Owner("anonymous");

	/** Has what nobody asked for yet: the members of the warm pools. */
	public static final Owner POOL = new Owner("pool");

}
