package io.sandboxmanager.config;

import org.springframework.boot.SpringApplication;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.ConfigurableEnvironment;

/** Starts the server with settings that were read before. */
public final class SandboxServer {

	private SandboxServer() {
	}

	/**
	 * Returns once the server answers. {@link StartFailure} tells which exceptions are a
	 * user's to mend; the others are in the log, with their stack.
	 */
	public static ConfigurableApplicationContext start(ServerSettings settings) {
		SpringApplication application = new SpringApplication(ServerApplication.class) {

			@Override
			protected void configurePropertySources(ConfigurableEnvironment environment, String[] args) {
				environment.getPropertySources().addFirst(new SettingsPropertySource(settings));
			}

		};
		application.addInitializers((context) -> context.getBeanFactory().registerSingleton("serverSettings", settings),
				(context) -> context.getBeanFactory()
					.registerSingleton("backendStart", BackendStart.begin(context.getEnvironment())));
		return application.run();
	}

}
