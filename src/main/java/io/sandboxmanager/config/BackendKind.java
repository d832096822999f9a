package io.sandboxmanager.config;

/** What runs the containers. */
enum BackendKind {

	DOCKER, LOCAL

}
