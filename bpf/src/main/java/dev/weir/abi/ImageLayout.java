// SPDX-License-Identifier: Apache-2.0
package dev.weir.abi;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/// The structs of the policy image and their offsets in bytes; C side: `bpf/include/weir/abi_image.h`, which
/// also says what the fields mean. The compiler writes images and the Java search reads them by these
/// numbers.
public final class ImageLayout {
    /// First word of every image: "WEIR" in ASCII.
    public static final int MAGIC = 0x52494557;

    /// Value of a service step in which no rule matches.
    public static final int NO_RULE = -1;

    /// Entries that one searched array may have.
    public static final int MAX_STEPS = 1 << 20;

    /// Every offset in an image is a multiple of this.
    public static final int ALIGNMENT = 8;

    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

    static final StructLayout STEP = MemoryLayout.structLayout(U32.withName("key"), U32.withName("value"))
            .withName("weir_step");
    static final StructLayout STEP6 = MemoryLayout.structLayout(
                    U64.withName("high"), U64.withName("low"), U32.withName("value"), U32.withName("pad"))
            .withName("weir_step6");
    static final StructLayout SERVICES = MemoryLayout.structLayout(U32.withName("count"), U32.withName("pad"))
            .withName("weir_services");
    static final StructLayout WHERE = MemoryLayout.structLayout(
                    U32.withName("steps"),
                    U32.withName("top"),
                    U32.withName("shift"),
                    U32.withName("last"),
                    U64.withName("high"),
                    U64.withName("low"))
            .withName("weir_where");
    static final StructLayout SECTION = MemoryLayout.structLayout(
                    U32.withName("any"),
                    U32.withName("default_rule"),
                    WHERE.withName("where4"),
                    WHERE.withName("where6"))
            .withName("weir_section");
    static final StructLayout HOLDER_LISTS = MemoryLayout.structLayout(
                    MemoryLayout.sequenceLayout(2, U32).withName("judged"),
                    MemoryLayout.sequenceLayout(2, U32).withName("enforced"))
            .withName("weir_holder_lists");
    static final StructLayout IMAGE = MemoryLayout.structLayout(
                    U32.withName("magic"),
                    U32.withName("bytes"),
                    U32.withName("rules"),
                    U32.withName("rule_count"),
                    U32.withName("holders"),
                    U32.withName("holder_count"),
                    MemoryLayout.sequenceLayout(2, SECTION).withName("judged"),
                    MemoryLayout.sequenceLayout(2, SECTION).withName("enforced"))
            .withName("weir_image");
    static final StructLayout CHAIN = MemoryLayout.structLayout(U32.withName("count"), U32.withName("asks_holder"))
            .withName("weir_chain");
    static final StructLayout LAYER = MemoryLayout.structLayout(U32.withName("image"), U32.withName("cells"))
            .withName("weir_layer");

    /// In the word of a rule: what shifts its [OnChange].
    public static final int RULE_ON_CHANGE_SHIFT = 8;

    /// In the word of a rule: its policy is in audit mode.
    public static final int RULE_AUDIT = 0x10000;

    /// In the word of a rule: a new flow that it lets pass is an event.
    public static final int RULE_LOG = 0x20000;

    /// In the word of a rule: it is the absence of all while a device is watched, when a packet that is seen first need
    /// not have opened its flow.
    public static final int RULE_WATCH = 0x40000;

    public static final int IMAGE_BYTES = (int) IMAGE.byteSize();
    public static final int IMAGE_MAGIC = offset(IMAGE, "magic");
    public static final int IMAGE_LENGTH = offset(IMAGE, "bytes");
    public static final int IMAGE_RULES = offset(IMAGE, "rules");
    public static final int IMAGE_RULE_COUNT = offset(IMAGE, "rule_count");
    public static final int IMAGE_HOLDERS = offset(IMAGE, "holders");
    public static final int IMAGE_HOLDER_COUNT = offset(IMAGE, "holder_count");
    /// Offset of the first of the four sections: judged egress, judged ingress, enforced egress, enforced ingress.
    public static final int IMAGE_SECTIONS = offset(IMAGE, "judged");

    public static final int CHAIN_BYTES = (int) CHAIN.byteSize();
    public static final int CHAIN_COUNT = offset(CHAIN, "count");
    public static final int CHAIN_ASKS_HOLDER = offset(CHAIN, "asks_holder");
    public static final int LAYER_BYTES = (int) LAYER.byteSize();
    public static final int LAYER_IMAGE = offset(LAYER, "image");
    public static final int LAYER_CELLS = offset(LAYER, "cells");

    public static final int SECTION_BYTES = (int) SECTION.byteSize();

    public static final int SECTION_ANY = offset(SECTION, "any");
    public static final int SECTION_DEFAULT_RULE = offset(SECTION, "default_rule");
    public static final int SECTION_WHERE4 = offset(SECTION, "where4");
    public static final int SECTION_WHERE6 = offset(SECTION, "where6");

    public static final int WHERE_STEPS = offset(WHERE, "steps");
    public static final int WHERE_TOP = offset(WHERE, "top");
    public static final int WHERE_SHIFT = offset(WHERE, "shift");
    public static final int WHERE_LAST = offset(WHERE, "last");
    public static final int WHERE_HIGH = offset(WHERE, "high");
    public static final int WHERE_LOW = offset(WHERE, "low");

    public static final int STEP_BYTES = (int) STEP.byteSize();
    public static final int STEP_KEY = offset(STEP, "key");
    public static final int STEP_VALUE = offset(STEP, "value");

    public static final int STEP6_BYTES = (int) STEP6.byteSize();
    public static final int STEP6_HIGH = offset(STEP6, "high");
    public static final int STEP6_LOW = offset(STEP6, "low");
    public static final int STEP6_VALUE = offset(STEP6, "value");

    public static final int SERVICES_BYTES = (int) SERVICES.byteSize();
    public static final int SERVICES_COUNT = offset(SERVICES, "count");

    /// Four lists: in the order of the sections.
    public static final int HOLDER_LISTS_BYTES = (int) HOLDER_LISTS.byteSize();

    private ImageLayout() {}

    /// All structs of the image, for the comparison with BTF.
    static List<StructLayout> structs() {
        return List.of(IMAGE, CHAIN, LAYER, SECTION, WHERE, HOLDER_LISTS, SERVICES, STEP, STEP6);
    }

    private static int offset(StructLayout struct, String field) {
        return (int) struct.byteOffset(groupElement(field));
    }
}
