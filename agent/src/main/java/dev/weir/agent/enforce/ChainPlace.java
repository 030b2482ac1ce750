// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Where the chain of an endpoint stands in `weir_images`, and all that it refers to; in offsets.
record ChainPlace(int offset, List<Layer> layers) {
    ChainPlace {
        layers = List.copyOf(layers);
    }

    /// An image and the table that gives each of its rules its cell.
    record Layer(int image, int cells) {}

    /// Every block that must stay for as long as the chain is in force.
    Set<Integer> blocks() {
        return Stream.concat(
                        Stream.of(offset),
                        layers.stream()
                                .flatMapToInt(layer -> IntStream.of(layer.image(), layer.cells()))
                                .boxed())
                .collect(Collectors.toSet());
    }
}
