package io.sandboxmanager.config;

/** Where the state is kept. */
enum StoreKind {

	/** In this server alone, until it ends. */
	MEMORY,

	/** Where several servers share it. */
	REDIS

}
