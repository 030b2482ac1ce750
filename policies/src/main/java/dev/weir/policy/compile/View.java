// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.Direction;
import dev.weir.abi.ImageLayout;
import java.util.List;

/// One of the four searches of an image: a direction, among all policies or among those that are not in audit
/// mode. In the order of the image's sections.
record View(Direction direction, boolean enforced) {
    static final List<View> ALL = List.of(
            new View(Direction.EGRESS, false),
            new View(Direction.INGRESS, false),
            new View(Direction.EGRESS, true),
            new View(Direction.INGRESS, true));

    static View of(Direction direction, boolean enforced) {
        return ALL.get(new View(direction, enforced).number());
    }

    int number() {
        return direction.number() + (enforced ? Direction.values().length : 0);
    }

    /// Offset of the section in an image.
    int section() {
        return ImageLayout.IMAGE_SECTIONS + number() * ImageLayout.SECTION_BYTES;
    }

    /// `egress`, or `enforced egress`.
    @Override
    public String toString() {
        return (enforced ? "enforced " : "") + direction;
    }
}
