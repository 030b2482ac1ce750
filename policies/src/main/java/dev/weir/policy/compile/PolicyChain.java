// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.policy.ContentHash;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/// The compiled policies of an endpoint: images in the order of judgement, of which the first that decides
/// has decided. The last one has a default for everything.
///
/// @param layers 1 to [dev.weir.abi.Limits#MAX_LAYERS]
public record PolicyChain(List<PolicyImage> layers) {
    public PolicyChain {
        layers = List.copyOf(layers);
    }

    /// Whether an image has lists by holder, so that who holds the outside address matters.
    public boolean asksHolder() {
        return layers.stream().anyMatch(layer -> layer.holderCount() > 0);
    }

    /// Bytes of all images together.
    public long size() {
        return layers.stream().mapToLong(PolicyImage::size).sum();
    }

    /// SHA-256 of the images' hashes as 64 lower-case hexadecimal digits, computed at each call.
    public String hash() {
        String hashes = layers.stream().map(PolicyImage::hash).collect(Collectors.joining("\n"));
        return ContentHash.of(hashes.getBytes(StandardCharsets.US_ASCII));
    }

    /// All images as text, decoded from their bytes; for people and for golden tests.
    public String dump() {
        return layers.stream().map(PolicyImage::dump).collect(Collectors.joining());
    }
}
