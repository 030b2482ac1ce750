// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.abi.BpfObjects;
import dev.weir.abi.Codecs;
import dev.weir.abi.FlowKey;
import dev.weir.testing.KernelTest;
import dev.weir.testing.Shell;
import java.util.List;
import org.junit.jupiter.api.Test;

class MapShapeTest extends KernelTest {
    private MapShape shape(BpfObject object, String map, String pin) {
        try (object) {
            object.pinnedAt(map, pins.resolve(pin)).load();
        }
        return MapShape.ofPinned(pins.resolve(pin));
    }

    @Test
    void structsAreToldFieldByField() {
        MapShape counts = shape(Sample.open(), "counts", "counts");
        assertEquals(List.of(new StructField("", "__u32", 0, 4)), counts.key());
        assertEquals(
                List.of(new StructField("packets", "__u64", 0, 8), new StructField("bytes", "__u64", 8, 8)),
                counts.value());
        assertTrue(counts.perCpu());
        assertTrue(counts.isArray());
    }

    @Test
    void arraysAreToldElementByElement() {
        assertEquals(
                List.of(
                        new StructField("[0]", "__u32", 0, 4),
                        new StructField("[1]", "__u32", 4, 4),
                        new StructField("[2]", "__u32", 8, 4)),
                shape(Sample.open(), "shared", "shared").value());
    }

    @Test
    void everyByteOfTheFlowTableHasAName() {
        BpfObject tcx = BpfObject.open("tcx", BpfObjects.bytes("tcx")).mapsOnly();
        MapShape flows = shape(tcx, "weir_flows", "weir_flows");
        assertEquals(
                FlowKey.CODEC.byteSize(),
                flows.key().stream().mapToInt(StructField::bytes).sum());
        assertTrue(flows.key().stream().anyMatch(field -> field.type().equals("__be16")), flows.key()::toString);
        assertTrue(flows.value().stream().anyMatch(field -> field.type().equals("weir_sum")), flows.value()::toString);
    }

    @Test
    void mapsOfOneSourceAreAlikeAndOthersAreNot() {
        MapShape numbers = shape(Sample.open(), "numbers", "one");
        assertEquals(numbers, shape(Sample.open(), "numbers", "another"));
        assertNotEquals(numbers, shape(Sample.open().maxEntries("numbers", 17), "numbers", "longer"));
        assertFalse(numbers.isArray());
    }

    @Test
    void mapWithoutTypesIsToldFromOthers() {
        Shell.run("bpftool map create " + pins.resolve("plain") + " type array key 4 value 4 entries 1 name plain");
        BpfException.AbiMismatch e =
                assertThrows(BpfException.AbiMismatch.class, () -> MapShape.ofPinned(pins.resolve("plain")));
        assertTrue(String.valueOf(e.getMessage()).contains("does not tell the types"), e::toString);
    }

    @Test
    void objectTakesAMapThatIsThereInThePlaceOfItsOwn() {
        try (BpfObject first = Sample.open();
                BpfObject second = Sample.open()) {
            first.maxEntries("numbers", 3).load();
            try (BpfMap<Integer, Long> numbers = first.map("numbers", Codecs.U32, Codecs.U64)) {
                second.using("numbers", numbers).load();
                try (BpfMap<Integer, Long> same = second.map("numbers", Codecs.U32, Codecs.U64)) {
                    assertEquals(numbers.info().id(), same.info().id());
                }
            }
        }
    }
}
