package io.sandboxmanager.backend;

/**
 * What the engine knows of an image.
 *
 * @param reference as it was asked for
 * @param digest fingerprint of its content; another one under the same reference means
 * that the image has changed
 * @param uid user that its first process runs as
 * @param gid group of that user
 */
public record ImageDetails(String reference, String digest, long uid, long gid) {
}
