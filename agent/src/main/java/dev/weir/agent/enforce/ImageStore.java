// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.enforce;

import dev.weir.abi.ImageLayout;
import dev.weir.bpf.MappedArray;
import dev.weir.policy.compile.PolicyChain;
import dev.weir.policy.compile.PolicyImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Writes images, tables of cells and chains into `weir_images`, each content once, where no program reads. The
/// enforcer's own, for its one thread.
final class ImageStore {
    private final Kernel kernel;
    private final ImageHeap heap;
    private final IdentityHashMap<PolicyImage, Integer> placed = new IdentityHashMap<>(); // those of this turn
    private @Nullable MappedArray mapped;

    /// @param heapBytes how much of the array is used, from its beginning
    ImageStore(Kernel kernel, int heapBytes) {
        this.kernel = kernel;
        this.heap = new ImageHeap(heapBytes);
    }

    /// Writes every image of these chains that stands nowhere yet.
    ///
    /// @throws NoRoomException when they do not fit; nothing that is in force has changed
    void placeImages(Collection<PolicyChain> chains) throws NoRoomException {
        placed.clear();
        for (PolicyChain chain : chains) {
            for (PolicyImage image : chain.layers()) {
                if (!placed.containsKey(image)) {
                    placed.put(image, share(image.bytes()));
                }
            }
        }
    }

    /// Writes a chain whose images are placed.
    ///
    /// @param cells gives each rule of an image its cell
    ChainPlace placeChain(PolicyChain chain, Function<PolicyImage, int[]> cells) throws NoRoomException {
        List<ChainPlace.Layer> layers = new ArrayList<>();
        for (PolicyImage image : chain.layers()) {
            Integer at = placed.get(image);
            if (at == null) {
                throw new IllegalStateException("an image was never placed");
            }
            int[] table = cells.apply(image);
            ByteBuffer bytes = words(table.length);
            bytes.asIntBuffer().put(table);
            layers.add(new ChainPlace.Layer(at, share(bytes)));
        }
        ByteBuffer bytes = words((ImageLayout.CHAIN_BYTES + layers.size() * ImageLayout.LAYER_BYTES) / Integer.BYTES);
        bytes.putInt(ImageLayout.CHAIN_COUNT, layers.size());
        bytes.putInt(ImageLayout.CHAIN_ASKS_HOLDER, chain.asksHolder() ? 1 : 0);
        for (int i = 0; i < layers.size(); i++) {
            int layer = ImageLayout.CHAIN_BYTES + i * ImageLayout.LAYER_BYTES;
            bytes.putInt(layer + ImageLayout.LAYER_IMAGE, layers.get(i).image());
            bytes.putInt(layer + ImageLayout.LAYER_CELLS, layers.get(i).cells());
        }
        return new ChainPlace(share(bytes), layers);
    }

    /// Takes note of a chain that an earlier agent wrote, and of all that it refers to; of none where it is 0.
    ChainPlace adopt(int chain) {
        if (chain == 0) {
            return new ChainPlace(0, List.of());
        }
        int count = images().getInt(chain + (long) ImageLayout.CHAIN_COUNT);
        List<ChainPlace.Layer> layers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            long layer = chain + ImageLayout.CHAIN_BYTES + (long) i * ImageLayout.LAYER_BYTES;
            int image = images().getInt(layer + ImageLayout.LAYER_IMAGE);
            int cells = images().getInt(layer + ImageLayout.LAYER_CELLS);
            layers.add(new ChainPlace.Layer(image, cells));
            adopt(image, images().getInt(image + (long) ImageLayout.IMAGE_LENGTH));
            adopt(cells, images().getInt(image + (long) ImageLayout.IMAGE_RULE_COUNT) * Integer.BYTES);
        }
        adopt(chain, ImageLayout.CHAIN_BYTES + count * ImageLayout.LAYER_BYTES);
        return new ChainPlace(chain, layers);
    }

    /// Frees everything but what these chains need.
    void retain(Collection<ChainPlace> chains) {
        Set<Integer> used = new HashSet<>();
        chains.forEach(chain -> used.addAll(chain.blocks()));
        heap.retain(used);
    }

    /// Lets go of the array once a turn has written what it had to.
    void unmap() {
        if (mapped != null) {
            mapped.close();
            mapped = null;
        }
    }

    private void adopt(int offset, int bytes) {
        if (bytes > 0) {
            heap.adopt(offset, ByteBuffer.wrap(images().copyOut(offset, bytes)));
        }
    }

    /// Where these bytes stand, written if they stood nowhere; 0 if there are none, as in the table of no rules.
    private int share(ByteBuffer bytes) throws NoRoomException {
        if (!bytes.hasRemaining()) {
            return 0;
        }
        OptionalInt known = heap.find(bytes);
        if (known.isPresent()) {
            return known.getAsInt();
        }
        int offset = heap.place(bytes).orElseThrow(() -> new NoRoomException(bytes.remaining(), heap.usedBytes()));
        byte[] content = new byte[bytes.remaining()];
        bytes.duplicate().get(content);
        images().copyIn(offset, content);
        return offset;
    }

    /// The array, mapped until [#unmap]: a mapping counts all its pages as memory of this process.
    private MappedArray images() {
        if (mapped == null) {
            mapped = kernel.mapImages();
        }
        return mapped;
    }

    private static ByteBuffer words(int count) {
        return ByteBuffer.allocate(count * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }
}
