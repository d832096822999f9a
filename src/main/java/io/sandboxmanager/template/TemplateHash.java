package io.sandboxmanager.template;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;

import io.sandboxmanager.sandbox.SandboxTemplate;

/**
 * The fingerprint of what shapes a container: the same in every run and on every replica,
 * another one as soon as anything differs. What the catalogue does not know, which image
 * the reference stands for at the moment, a sandbox's kind adds.
 */
final class TemplateHash {

	/** Half of SHA-256, so that it fits into a label of any engine. */
	private static final int BYTES = 16;

	private TemplateHash() {
	}

	/** The template with its fingerprint, which is over all that shapes the container. */
	static SandboxTemplate seal(SandboxTemplate template) {
		List<String> parts = new ArrayList<>();
		parts.add(template.image());
		parts.add(template.resources().toString());
		parts.add(String.valueOf(template.port()));
		parts.add(template.timeout().toString());
		parts.add(template.profile().name());
		new TreeMap<>(template.environment()).forEach((name, value) -> parts.addAll(List.of(name, value)));
		return new SandboxTemplate(template.type(), template.image(), template.environment(), template.resources(),
				template.port(), template.timeout(), template.profile(), template.pool(), template.maxInstances(),
				template.maxUses(), template.idle(), template.health(), template.exposure(), digest(parts));
	}

	private static String digest(List<String> parts) {
		MessageDigest sha = sha256();
		for (String part : parts) {
			byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
			sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
			sha.update(bytes);
		}
		return HexFormat.of().formatHex(sha.digest(), 0, BYTES);
	}

	private static MessageDigest sha256() {
		try {
			return MessageDigest.getInstance("SHA-256");
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("every Java platform has SHA-256", ex);
		}
	}

}
