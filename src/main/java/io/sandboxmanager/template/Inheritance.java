package io.sandboxmanager.template;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Resolves {@code extends} and {@code aliases} among all types of a catalogue. */
final class Inheritance {

	private final Map<String, TypeDefinition> definitions;

	private final List<String> mistakes = new ArrayList<>();

	Inheritance(Map<String, TypeDefinition> definitions) {
		this.definitions = definitions;
	}

	/** What is wrong among the types; one line each. */
	List<String> mistakes() {
		return this.mistakes;
	}

	/** Every type with what it inherits. */
	Map<String, TypeDefinition> types() {
		Map<String, TypeDefinition> types = new LinkedHashMap<>();
		this.definitions.forEach((name, own) -> types.put(name, resolve(name, own, new LinkedHashSet<>())));
		return types;
	}

	/** Alias to type. */
	Map<String, String> aliases() {
		Map<String, String> aliases = new LinkedHashMap<>();
		this.definitions.forEach((name, definition) -> {
			for (String alias : definition.aliases()) {
				if (this.definitions.containsKey(alias)) {
					this.mistakes.add(name + ".aliases: " + alias + " is a type of its own");
				}
				else if (aliases.put(alias, name) != null) {
					this.mistakes.add(name + ".aliases: " + alias + " is given twice");
				}
			}
		});
		return aliases;
	}

	private TypeDefinition resolve(String name, TypeDefinition own, Set<String> line) {
		String parent = own.parent();
		line.add(name);
		if (parent == null) {
			return own;
		}
		String first = line.iterator().next();
		TypeDefinition from = this.definitions.get(parent);
		if (from == null || line.contains(parent)) {
			report(first, name, parent, line);
			return own;
		}
		return own.inherit(resolve(parent, from, line));
	}

	/** A mistake is reported where it stands, not again by each type that inherits it. */
	private void report(String first, String name, String parent, Set<String> line) {
		if (first.equals(parent)) {
			this.mistakes.add(first + ".extends: a circle: " + String.join(" extends ", line) + " extends " + parent);
		}
		else if (first.equals(name)) {
			this.mistakes.add(name + ".extends: there is no type " + parent);
		}
	}

}
