"""Starts sandboxes as confined processes of this machine, for the server that it is a child of."""
