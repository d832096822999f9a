package empty;

import java.util.Map;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** One controller and nothing else. */
@SpringBootApplication
@RestController
public class EmptyApplication {

	public static void main(String[] args) {
		SpringApplication.run(EmptyApplication.class, args);
	}

	@GetMapping("/health")
	Map<String, String> health() {
		return Map.of("status", "healthy");
	}

}
