// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.ImageLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// Writes the parts of an image one after the other: header, rules, holders, the searches of each view, and
/// the service lists that all of them refer to. What two views have in common is written once.
final class ImageWriter {
    private static final int MIN_TOP_BITS = 1;
    private static final int MAX_TOP_BITS = 16;

    private final List<ImageRule> rules;
    private final List<SectionRules.Laid> sections;
    private final int[] holders;
    private final ServiceLists lists;
    private int end = ImageLayout.IMAGE_BYTES;

    /// @param sections by [View#ALL]
    /// @param holders for each holder's number, its lists by [View#ALL]
    ImageWriter(List<ImageRule> rules, List<SectionRules.Laid> sections, int[] holders, ServiceLists lists) {
        this.rules = rules;
        this.sections = sections;
        this.holders = holders;
        this.lists = lists;
    }

    byte[] write(Budget budget) throws Budget.ExceededException {
        int rulesAt = reserve(Integer.BYTES * rules.size());
        int holdersAt = reserve(Integer.BYTES * holders.length);
        List<Places> places = new ArrayList<>();
        for (int view = 0; view < sections.size(); view++) {
            int same = sections.subList(0, view).stream()
                    .map(SectionRules.Laid::where4)
                    .toList()
                    .indexOf(sections.get(view).where4());
            places.add(same >= 0 ? places.get(same) : reserve(sections.get(view)));
        }
        int listsAt = reserve(lists.placedBytes());
        budget.total(end);

        ByteBuffer out = ByteBuffer.allocate(end).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(ImageLayout.IMAGE_MAGIC, ImageLayout.MAGIC);
        out.putInt(ImageLayout.IMAGE_LENGTH, end);
        out.putInt(ImageLayout.IMAGE_RULES, rulesAt);
        out.putInt(ImageLayout.IMAGE_RULE_COUNT, rules.size());
        out.putInt(ImageLayout.IMAGE_HOLDERS, holdersAt);
        out.putInt(ImageLayout.IMAGE_HOLDER_COUNT, holders.length / View.ALL.size());
        for (int i = 0; i < rules.size(); i++) {
            out.putInt(rulesAt + Integer.BYTES * i, rules.get(i).word());
        }
        for (int i = 0; i < holders.length; i++) {
            out.putInt(holdersAt + Integer.BYTES * i, offset(holders[i], listsAt));
        }
        for (View view : View.ALL) {
            section(out, view.section(), sections.get(view.number()), places.get(view.number()), listsAt);
        }
        int at = listsAt;
        for (Staircase list : lists.placed()) {
            at = list(out, at, list);
        }
        return out.array();
    }

    private Places reserve(SectionRules.Laid section) {
        int where4 = reserve(section.where4().count() * ImageLayout.STEP_BYTES);
        int bits = topBits(section.where4().count());
        int top4 = reserve(where4 == 0 ? 0 : Integer.BYTES * ((1 << bits) + 1));
        int where6 = reserve(section.where6().count() * ImageLayout.STEP6_BYTES);
        return new Places(where4, top4, Integer.SIZE - bits, where6);
    }

    /// The offset of the next `bytes` bytes; 0 if there are none.
    private int reserve(int bytes) {
        int at = bytes == 0 ? 0 : end;
        end += (bytes + ImageLayout.ALIGNMENT - 1) / ImageLayout.ALIGNMENT * ImageLayout.ALIGNMENT;
        return at;
    }

    /// About as many entries as there are steps, so that a search inside starts with few of them.
    private static int topBits(int steps) {
        int bits = steps < 2 ? 0 : Integer.SIZE - Integer.numberOfLeadingZeros(steps - 1);
        return Math.clamp(bits, MIN_TOP_BITS, MAX_TOP_BITS);
    }

    private void section(ByteBuffer out, int at, SectionRules.Laid section, Places places, int listsAt) {
        AddressSteps where4 = section.where4();
        AddressSteps where6 = section.where6();
        out.putInt(at + ImageLayout.SECTION_ANY, offset(section.any(), listsAt));
        out.putInt(at + ImageLayout.SECTION_DEFAULT_RULE, section.defaultRule());
        out.putInt(at + ImageLayout.SECTION_WHERE4, places.where4);
        out.putInt(at + ImageLayout.SECTION_WHERE4_COUNT, where4.count());
        out.putInt(at + ImageLayout.SECTION_TOP4, places.top4);
        out.putInt(at + ImageLayout.SECTION_TOP4_SHIFT, places.topShift);
        out.putInt(at + ImageLayout.SECTION_WHERE6, places.where6);
        out.putInt(at + ImageLayout.SECTION_WHERE6_COUNT, where6.count());
        for (int i = 0; i < where4.count(); i++) {
            int step = places.where4 + i * ImageLayout.STEP_BYTES;
            out.putInt(step + ImageLayout.STEP_KEY, (int) where4.low(i));
            out.putInt(step + ImageLayout.STEP_VALUE, offset(where4.list(i), listsAt));
        }
        if (places.top4 != 0) {
            top(out, places, where4);
        }
        for (int i = 0; i < where6.count(); i++) {
            int step = places.where6 + i * ImageLayout.STEP6_BYTES;
            out.putLong(step + ImageLayout.STEP6_HIGH, where6.high(i));
            out.putLong(step + ImageLayout.STEP6_LOW, where6.low(i));
            out.putInt(step + ImageLayout.STEP6_VALUE, offset(where6.list(i), listsAt));
        }
    }

    private static void top(ByteBuffer out, Places places, AddressSteps where4) {
        int entries = 1 << (Integer.SIZE - places.topShift);
        int last = where4.count() - 1;
        int step = 0;
        for (int i = 0; i < entries; i++) {
            long first = (long) i << places.topShift;
            while (step < last && Integer.toUnsignedLong((int) where4.low(step + 1)) <= first) {
                step++;
            }
            out.putInt(places.top4 + Integer.BYTES * i, step);
        }
        out.putInt(places.top4 + Integer.BYTES * entries, last);
    }

    private static int list(ByteBuffer out, int at, Staircase list) {
        out.putInt(at + ImageLayout.SERVICES_COUNT, list.size());
        int step = at + ImageLayout.SERVICES_BYTES;
        for (int i = 0; i < list.size(); i++) {
            out.putInt(step + ImageLayout.STEP_KEY, list.key(i));
            out.putInt(step + ImageLayout.STEP_VALUE, list.rule(i));
            step += ImageLayout.STEP_BYTES;
        }
        return step;
    }

    private int offset(int list, int listsAt) {
        return list == ServiceLists.NONE ? 0 : listsAt + lists.place(list);
    }

    private record Places(int where4, int top4, int topShift, int where6) {}
}
