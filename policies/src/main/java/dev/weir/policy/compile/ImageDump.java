// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.ImageLayout;
import dev.weir.abi.IpAddress;
import dev.weir.abi.OnChange;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Prints an image from its bytes. Service lists are numbered by their offsets: `list 0` is the first in the image.
final class ImageDump {
    private final PolicyImage image;
    private final ByteBuffer bytes;
    private final StringBuilder text = new StringBuilder();
    private final Map<Integer, Integer> lists = new TreeMap<>();

    ImageDump(PolicyImage image) {
        this.image = image;
        this.bytes = image.bytes();
        for (int offset : offsets()) {
            lists.put(offset, lists.size());
        }
    }

    String text() {
        line("image of " + bytes.getInt(ImageLayout.IMAGE_LENGTH) + " bytes");
        int rules = bytes.getInt(ImageLayout.IMAGE_RULES);
        for (int i = 0; i < bytes.getInt(ImageLayout.IMAGE_RULE_COUNT); i++) {
            ImageRule rule = image.rules().get(i);
            int word = bytes.getInt(rules + Integer.BYTES * i);
            line("rule " + i + ": " + (word == rule.word() ? rule.verdict() : "word " + word) + " " + rule.id()
                    + (rule.onChange() == OnChange.REEVALUATE ? "" : ", " + rule.onChange())
                    + (rule.audit() ? ", in audit mode" : "")
                    + (rule.log() ? ", logged" : "")
                    + (rule.watch() ? ", watched" : ""));
        }
        boolean audits = image.rules().stream().anyMatch(ImageRule::audit);
        List<View> views =
                View.ALL.stream().filter(view -> audits || !view.enforced()).toList();
        views.forEach(this::section);
        int holders = bytes.getInt(ImageLayout.IMAGE_HOLDERS);
        for (int i = 1; i < image.holderCount(); i++) {
            int at = holders + i * ImageLayout.HOLDER_LISTS_BYTES;
            line("holder " + i + ": "
                    + views.stream()
                            .map(view -> view + " " + name(bytes.getInt(at + Integer.BYTES * view.number())))
                            .collect(Collectors.joining(", ")));
        }
        for (int list : lists.keySet()) {
            list(list);
        }
        return text.toString();
    }

    private void section(View view) {
        int at = view.section();
        int fallback = bytes.getInt(at + ImageLayout.SECTION_DEFAULT_RULE);
        line(view + ": default " + (fallback == ImageLayout.NO_RULE ? "in a later image" : fallback) + ", any "
                + name(bytes.getInt(at + ImageLayout.SECTION_ANY)));
        int where4 = at + ImageLayout.SECTION_WHERE4;
        for (int i = 0; i < steps(where4); i++) {
            int step = bytes.getInt(where4 + ImageLayout.WHERE_STEPS) + i * ImageLayout.STEP_BYTES;
            IpAddress from = IpAddress.ofV4(bytes.getInt(step + ImageLayout.STEP_KEY));
            line("  " + from + " -> " + name(bytes.getInt(step + ImageLayout.STEP_VALUE)));
        }
        top(where4);
        int where6 = at + ImageLayout.SECTION_WHERE6;
        for (int i = 0; i < steps(where6); i++) {
            int step = bytes.getInt(where6 + ImageLayout.WHERE_STEPS) + i * ImageLayout.STEP6_BYTES;
            long high = bytes.getLong(step + ImageLayout.STEP6_HIGH);
            IpAddress from = new IpAddress(high, bytes.getLong(step + ImageLayout.STEP6_LOW));
            line("  " + from + " -> " + name(bytes.getInt(step + ImageLayout.STEP6_VALUE)));
        }
        top(where6);
    }

    private void top(int where) {
        if (bytes.getInt(where + ImageLayout.WHERE_STEPS) == 0) {
            return;
        }
        TopIndex index = TopIndex.read(bytes, where);
        StringBuilder steps = new StringBuilder();
        for (int i = 0; i <= index.last() + 1; i++) {
            steps.append(' ').append(bytes.getInt(bytes.getInt(where + ImageLayout.WHERE_TOP) + Integer.BYTES * i));
        }
        line("  top, from " + new IpAddress(index.high(), index.low()) + ", shift " + index.shift() + ":" + steps);
    }

    /// How many steps a search by address has.
    private int steps(int where) {
        if (bytes.getInt(where + ImageLayout.WHERE_STEPS) == 0) {
            return 0;
        }
        int last = bytes.getInt(where + ImageLayout.WHERE_LAST);
        return 1 + bytes.getInt(bytes.getInt(where + ImageLayout.WHERE_TOP) + Integer.BYTES * (last + 1));
    }

    private void list(int at) {
        line(name(at));
        for (int i = 0; i < bytes.getInt(at + ImageLayout.SERVICES_COUNT); i++) {
            int step = at + ImageLayout.SERVICES_BYTES + i * ImageLayout.STEP_BYTES;
            int key = bytes.getInt(step + ImageLayout.STEP_KEY);
            int rule = bytes.getInt(step + ImageLayout.STEP_VALUE);
            line("  " + (key >>> 16) + "/" + (key & 0xffff) + " -> "
                    + (rule == ImageLayout.NO_RULE ? "none" : "rule " + rule));
        }
    }

    /// Offsets of all service lists: the last part of the image, one list after the other.
    private SortedSet<Integer> offsets() {
        SortedSet<Integer> used = new TreeSet<>();
        for (View view : View.ALL) {
            int section = view.section();
            used.add(bytes.getInt(section + ImageLayout.SECTION_ANY));
            collect(used, section + ImageLayout.SECTION_WHERE4, ImageLayout.STEP_BYTES, ImageLayout.STEP_VALUE);
            collect(used, section + ImageLayout.SECTION_WHERE6, ImageLayout.STEP6_BYTES, ImageLayout.STEP6_VALUE);
        }
        int holders = bytes.getInt(ImageLayout.IMAGE_HOLDERS);
        for (int i = 0; i < View.ALL.size() * image.holderCount(); i++) {
            used.add(bytes.getInt(holders + Integer.BYTES * i));
        }
        used.remove(0);
        return used;
    }

    /// The `value` fields of the steps of a search by address.
    private void collect(Set<Integer> used, int where, int stepBytes, int value) {
        int at = bytes.getInt(where + ImageLayout.WHERE_STEPS);
        for (int i = 0; i < steps(where); i++) {
            used.add(bytes.getInt(at + i * stepBytes + value));
        }
    }

    private String name(int list) {
        return list == 0 ? "nothing" : "list " + lists.get(list);
    }

    private void line(String line) {
        text.append(line).append('\n');
    }
}
