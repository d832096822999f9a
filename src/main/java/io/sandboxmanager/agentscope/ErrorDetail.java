package io.sandboxmanager.agentscope;

import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;

/** The form of every error on this wire. */
record ErrorDetail(String detail) {

	static ResponseEntity<ErrorDetail> answer(HttpStatusCode status, String detail) {
		return ResponseEntity.status(status).contentType(MediaType.APPLICATION_JSON).body(new ErrorDetail(detail));
	}

}
