package io.sandboxmanager.config;

/** Where the state is kept. */
enum StoreKind {

	MEMORY

}
