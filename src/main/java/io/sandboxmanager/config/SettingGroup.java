package io.sandboxmanager.config;

import org.jspecify.annotations.Nullable;

/** The variables by how often one needs them, the most wanted first. */
enum SettingGroup {

	EVERYDAY("The usual ones", "Enough for most servers.", null),

	FILES("Files of the sandboxes", "Where workspaces are kept and what sandboxes see of the host.", null),

	LIFETIMES("Lives and limits in time", "How long sandboxes, records and calls may last.", null),

	ENGINE("Engine and network", "How containers are made and reached.", null),

	SERVICE("Service", "Who may do what, and how the server itself runs.", null),

	TRAFFIC("Traffic to sandboxes", "How much of it there may be at a time.", null),

	REDIS("Redis",
			"For state that several servers share, see `docs/state.md`. Without it one server keeps its state in memory.",
			null),

	OSS("Alibaba Cloud OSS", "For workspaces in an object store. Not built yet.", "FILE_SYSTEM=oss"),

	KUBERNETES("Kubernetes", "For sandboxes that are pods. Not built yet.", "CONTAINER_DEPLOYMENT=k8s"),

	AGENT_RUN("AgentRun", "For sandboxes in Alibaba Cloud's AgentRun. Not built yet.", "CONTAINER_DEPLOYMENT=agentrun");

	private final String title;

	private final String intro;

	private final @Nullable String condition;

	SettingGroup(String title, String intro, @Nullable String condition) {
		this.title = title;
		this.intro = intro;
		this.condition = condition;
	}

	String title() {
		return this.title;
	}

	String intro() {
		return this.intro;
	}

	/** The setting without which the others of the group have no effect, if any. */
	@Nullable String condition() {
		return this.condition;
	}

}
