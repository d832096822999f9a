package io.sandboxmanager.gateway;

import org.apache.catalina.connector.Connector;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;

/**
 * Lets the web server pass on what clients send: encoded slashes, characters that are
 * common in query strings although they should be encoded, and large heads. A client that
 * asks before it sends a body is told to go on when somebody wants the body.
 */
public class GatewayConnector implements WebServerFactoryCustomizer<TomcatServletWebServerFactory> {

	static final int MAX_HEAD = 32 * 1024;

	/** Room for a sandbox's longest head and what this server adds. */
	private static final int MAX_RESPONSE_HEAD = 2 * MAX_HEAD;

	private static final String UNENCODED = "\"<>[\\]^`{|}";

	@Override
	public void customize(TomcatServletWebServerFactory factory) {
		factory.setProtocol(GatewayProtocol.class.getName());
		factory.addConnectorCustomizers(this::customize);
	}

	private void customize(Connector connector) {
		connector.setEncodedSolidusHandling("passthrough");
		connector.setEncodedReverseSolidusHandling("passthrough");
		connector.setProperty("relaxedPathChars", UNENCODED);
		connector.setProperty("relaxedQueryChars", UNENCODED);
		connector.setProperty("continueResponseTiming", "onRead");
		connector.setProperty("maxHttpRequestHeaderSize", Integer.toString(MAX_HEAD));
		connector.setProperty("maxHttpResponseHeaderSize", Integer.toString(MAX_RESPONSE_HEAD));
	}

}
