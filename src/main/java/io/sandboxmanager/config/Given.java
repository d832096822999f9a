package io.sandboxmanager.config;

/**
 * A variable as a user gave it.
 *
 * @param name the spelling
 * @param text the value
 * @param origin where it stands
 */
record Given(String name, String text, String origin) {

	private static final int LONGEST = 80;

	/** The line for a value that is refused. */
	String mistake(Setting setting, String what) {
		if (setting.kind().secret()) {
			return this.name + ": " + what + " (" + this.origin + "; the value is not shown)";
		}
		return this.name + "=" + shown() + ": " + what + " (" + this.origin + ")";
	}

	private String shown() {
		String visible = this.text.replaceAll("\\p{Cntrl}", "?");
		return (visible.length() > LONGEST) ? visible.substring(0, LONGEST) + "…" : visible;
	}

}
