// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.ImageLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes the parts of an image one after the other: header, rules, holders, the searches of each view, and
/// the service lists that all of them refer to. What two views have in common is written once.
final class ImageWriter {
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
        return new Places(
                reserve(section.where4(), ImageLayout.STEP_BYTES), reserve(section.where6(), ImageLayout.STEP6_BYTES));
    }

    private @Nullable Place reserve(AddressSteps steps, int stepBytes) {
        if (steps.count() == 0) {
            return null;
        }
        TopIndex index = TopIndex.over(steps);
        return new Place(index, reserve(steps.count() * stepBytes), reserve(index.bytes()));
    }

    /// The offset of the next `bytes` bytes; 0 if there are none.
    private int reserve(int bytes) {
        int at = bytes == 0 ? 0 : end;
        end += (bytes + ImageLayout.ALIGNMENT - 1) / ImageLayout.ALIGNMENT * ImageLayout.ALIGNMENT;
        return at;
    }

    private void section(ByteBuffer out, int at, SectionRules.Laid section, Places places, int listsAt) {
        out.putInt(at + ImageLayout.SECTION_ANY, offset(section.any(), listsAt));
        out.putInt(at + ImageLayout.SECTION_DEFAULT_RULE, section.defaultRule());
        AddressSteps where4 = section.where4();
        if (places.where4 != null) {
            where(out, at + ImageLayout.SECTION_WHERE4, places.where4, where4);
            for (int i = 0; i < where4.count(); i++) {
                int step = places.where4.steps + i * ImageLayout.STEP_BYTES;
                out.putInt(step + ImageLayout.STEP_KEY, (int) where4.low(i));
                out.putInt(step + ImageLayout.STEP_VALUE, offset(where4.list(i), listsAt));
            }
        }
        AddressSteps where6 = section.where6();
        if (places.where6 != null) {
            where(out, at + ImageLayout.SECTION_WHERE6, places.where6, where6);
            for (int i = 0; i < where6.count(); i++) {
                int step = places.where6.steps + i * ImageLayout.STEP6_BYTES;
                out.putLong(step + ImageLayout.STEP6_HIGH, where6.high(i));
                out.putLong(step + ImageLayout.STEP6_LOW, where6.low(i));
                out.putInt(step + ImageLayout.STEP6_VALUE, offset(where6.list(i), listsAt));
            }
        }
    }

    private static void where(ByteBuffer out, int at, Place place, AddressSteps steps) {
        TopIndex index = place.index;
        out.putInt(at + ImageLayout.WHERE_STEPS, place.steps);
        out.putInt(at + ImageLayout.WHERE_TOP, place.top);
        index.write(out, at);
        int last = steps.count() - 1;
        int step = 0;
        for (int slot = 0; slot <= index.last(); slot++) {
            out.putInt(place.top + Integer.BYTES * slot, step);
            while (step < last && index.slot(steps.high(step + 1), steps.low(step + 1)) <= slot) {
                step++;
            }
        }
        out.putInt(place.top + Integer.BYTES * (index.last() + 1), last);
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

    /// Where the steps of a family and their index lie.
    private record Place(TopIndex index, int steps, int top) {}

    private record Places(@Nullable Place where4, @Nullable Place where6) {}
}
