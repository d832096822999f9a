package io.sandboxmanager.backend.testing;

/** The calls of the SPI that can be counted, held up and made to fail. */
public enum Operation {

	PREPARE_IMAGE, START, STATUS, STOP, RESUME, INSPECT, REMOVE, LIST, WATCH, LOGS

}
