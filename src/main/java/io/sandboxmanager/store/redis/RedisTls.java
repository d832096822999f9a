package io.sandboxmanager.store.redis;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Collections;

import org.springframework.boot.ssl.SslStoreBundle;
import org.springframework.boot.ssl.pem.PemSslStoreBundle;
import org.springframework.boot.ssl.pem.PemSslStoreDetails;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.SslOptions;
import redis.clients.jedis.SslVerifyMode;

import io.sandboxmanager.sandbox.StateUnavailableException;

/** Encryption on the way to Redis. The name in Redis's certificate is always checked. */
final class RedisTls {

	private static final String TYPE = "PKCS12";

	/** Of stores that are never anywhere but in memory. */
	private static final String PASSWORD = "in memory";

	private RedisTls() {
	}

	static DefaultJedisClientConfig.Builder secure(DefaultJedisClientConfig.Builder config,
			RedisProperties properties) {
		try {
			SslStoreBundle stores = new PemSslStoreBundle(own(properties), trusted(properties));
			SslOptions.Builder options = SslOptions.builder().sslVerifyMode(SslVerifyMode.FULL);
			KeyStore trusted = stores.getTrustStore();
			if (trusted != null) {
				options.trustStoreType(TYPE).truststore(written(trusted), PASSWORD.toCharArray());
			}
			KeyStore own = stores.getKeyStore();
			if (own != null) {
				options.keyStoreType(TYPE).keystore(written(own), PASSWORD.toCharArray());
			}
			return config.sslOptions(options.build());
		}
		catch (IOException | GeneralSecurityException | RuntimeException ex) {
			throw new StateUnavailableException(
					"REDIS_CA_FILE, REDIS_CERT_FILE or REDIS_KEY_FILE cannot be used: " + RedisErrors.rootText(ex), ex);
		}
	}

	/** The client reads stores as files; these are in memory alone. */
	private static SslOptions.Resource written(KeyStore store) throws IOException, GeneralSecurityException {
		KeyStore copy = KeyStore.getInstance(TYPE);
		copy.load(null, null);
		for (String alias : Collections.list(store.aliases())) {
			if (store.isKeyEntry(alias)) {
				copy.setKeyEntry(alias, store.getKey(alias, new char[0]), PASSWORD.toCharArray(),
						store.getCertificateChain(alias));
			}
			else {
				copy.setCertificateEntry(alias, store.getCertificate(alias));
			}
		}
		ByteArrayOutputStream file = new ByteArrayOutputStream();
		copy.store(file, PASSWORD.toCharArray());
		return () -> new ByteArrayInputStream(file.toByteArray());
	}

	private static PemSslStoreDetails own(RedisProperties properties) {
		String certificate = (properties.certFile() != null) ? properties.certFile().toUri().toString() : null;
		String key = (properties.keyFile() != null) ? properties.keyFile().toUri().toString() : null;
		return new PemSslStoreDetails(null, certificate, key);
	}

	private static PemSslStoreDetails trusted(RedisProperties properties) {
		String certificates = (properties.caFile() != null) ? properties.caFile().toUri().toString() : null;
		return PemSslStoreDetails.forCertificate(certificates);
	}

}
