package io.sandboxmanager.config;

/** Where workspaces are brought from and carried back to. */
enum StorageKind {

	LOCAL

}
