package io.sandboxmanager.workspace.local;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;

/** Another process that has a whole file locked until it is killed. */
final class LockHolder implements AutoCloseable {

	private final Process process;

	LockHolder(Path file) throws IOException {
		this.process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
				System.getProperty("java.class.path"), LockHolder.class.getName(), file.toString())
			.redirectError(ProcessBuilder.Redirect.INHERIT)
			.start();
		if (this.process.getInputStream().read() < 0) {
			throw new IOException("nobody has locked " + file);
		}
	}

	/** Locks the file, says so and waits. */
	public static void main(String[] arguments) throws Exception {
		try (FileChannel file = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.WRITE)) {
			file.lock();
			System.out.println("locked");
			TimeUnit.MINUTES.sleep(1);
		}
	}

	void kill() throws InterruptedException {
		this.process.destroyForcibly().waitFor();
	}

	@Override
	public void close() throws InterruptedException {
		kill();
	}

}
