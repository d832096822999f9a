package io.sandboxmanager.config;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** The version of this server, as the build wrote it into the jar. */
public final class ServerVersion {

	private static final String FILE = "/sandbox-manager.properties";

	private ServerVersion() {
	}

	public static String current() {
		try (InputStream file = ServerVersion.class.getResourceAsStream(FILE)) {
			Properties properties = new Properties();
			if (file != null) {
				properties.load(file);
			}
			return properties.getProperty("version", "unknown");
		}
		catch (IOException ex) {
			throw new UncheckedIOException(FILE + " cannot be read", ex);
		}
	}

}
