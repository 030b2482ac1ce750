// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy.compile;

import dev.weir.abi.Direction;
import dev.weir.abi.ImageLayout;
import dev.weir.abi.IpAddress;
import dev.weir.abi.Verdict;
import dev.weir.policy.Holder;
import dev.weir.policy.Policy;
import java.util.List;
import java.util.stream.Stream;

/// What the policies of one endpoint answer for all traffic at once: a function that is constant on pieces. Outside
/// addresses fall into [Steps]; a step and a holder, each called by a number, lead to a [Cursor] over all services.
/// Gives what [ImageSearch] finds in an image of the same policies. Not thread-safe.
public final class PolicySpace {
    /// Stands for nobody in the place of a holder.
    public static final long NOBODY = pair(ServiceLists.NONE, ServiceLists.NONE);

    private final List<ImageRule> rules;
    private final List<SectionRules.Laid> sections;
    private final ServiceLists lists;
    private final Budget budget;

    PolicySpace(List<ImageRule> rules, List<SectionRules.Laid> sections, ServiceLists lists, Budget budget) {
        this.rules = List.copyOf(rules);
        this.sections = sections;
        this.lists = lists;
        this.budget = budget;
    }

    /// Lays policies end to end.
    ///
    /// @param policies those that select the endpoint, in [Policy#ORDER]
    /// @param unselected what holds where no policy says anything
    /// @param maxBytes bounds the memory that it takes
    /// @throws TooLargeException if that is not enough, or it would take too long
    public static PolicySpace of(List<Policy> policies, Verdict unselected, int maxBytes) throws TooLargeException {
        try {
            return ImageCompiler.space(policies, PolicyCompiler.defaults(policies, unselected), maxBytes);
        } catch (Budget.ExceededException e) {
            throw new TooLargeException(e.reason());
        }
    }

    /// Whose rules the numbers of a [Cursor] are, and what they say.
    public List<ImageRule> rules() {
        return rules;
    }

    /// The addresses of IPv4 or of IPv6, cut where an answer may change.
    public Steps steps(Direction direction, boolean v4) {
        AddressSteps all = where(View.of(direction, false), v4);
        AddressSteps enforced = where(View.of(direction, true), v4);
        IpAddress none = v4 ? IpAddress.ofV4(0) : new IpAddress(0, 0);
        Steps steps = new Steps(all.count() + enforced.count() + 1);
        int i = -1;
        int j = -1;
        do {
            int next = i + 1 == all.count() ? 1 : j + 1 == enforced.count() ? -1 : compare(all, i + 1, enforced, j + 1);
            i += next <= 0 && i + 1 < all.count() ? 1 : 0;
            j += next >= 0 && j + 1 < enforced.count() ? 1 : 0;
            IpAddress ofAll = i < 0 ? none : new IpAddress(all.high(i), all.low(i));
            IpAddress ofEnforced = j < 0 ? none : new IpAddress(enforced.high(j), enforced.low(j));
            steps.add(ofAll.compareTo(ofEnforced) >= 0 ? ofAll : ofEnforced, pair(list(all, i), list(enforced, j)));
        } while (i + 1 < all.count() || j + 1 < enforced.count());
        return steps;
    }

    /// The number of a holder; holders of one number have the same answers.
    public long holder(Direction direction, Holder holder) throws TooLargeException {
        try {
            return pair(held(View.of(direction, false), holder), held(View.of(direction, true), holder));
        } catch (Budget.ExceededException e) {
            throw new TooLargeException(e.reason());
        }
    }

    /// Stands at the first of all services.
    ///
    /// @param step the number of a step of addresses
    /// @param holder the number of a holder, or [#NOBODY]
    public Cursor cursor(Direction direction, long step, long holder) {
        SectionRules.Laid all = sections.get(View.of(direction, false).number());
        SectionRules.Laid enforced = sections.get(View.of(direction, true).number());
        Search judged = new Search(search(all, step >>> 32, holder >>> 32), all.defaultRule());
        boolean same = step >>> 32 == (int) step
                && holder >>> 32 == (int) holder
                && all.any() == enforced.any()
                && all.defaultRule() == enforced.defaultRule();
        return new Cursor(judged, same ? judged : new Search(search(enforced, step, holder), enforced.defaultRule()));
    }

    private Staircase[] search(SectionRules.Laid section, long where, long held) {
        return Stream.of(section.any(), (int) where, (int) held)
                .map(lists::steps)
                .toArray(Staircase[]::new);
    }

    private int held(View view, Holder holder) throws Budget.ExceededException {
        return sections.get(view.number()).holders().list(holder, lists, budget);
    }

    private AddressSteps where(View view, boolean v4) {
        SectionRules.Laid laid = sections.get(view.number());
        return v4 ? laid.where4() : laid.where6();
    }

    private static int compare(AddressSteps a, int i, AddressSteps b, int j) {
        int byHigh = Long.compareUnsigned(a.high(i), b.high(j));
        return byHigh != 0 ? byHigh : Long.compareUnsigned(a.low(i), b.low(j));
    }

    private static int list(AddressSteps steps, int step) {
        return step < 0 ? ServiceLists.NONE : steps.list(step);
    }

    private static long pair(int judged, int enforced) {
        return (long) judged << 32 | enforced;
    }

    /// Ascending addresses of one family, and for each the number that holds from there to the next. The first is the
    /// first address of the family.
    public static final class Steps {
        private final long[] highs;
        private final long[] lows;
        private final long[] numbers;
        private int size;

        private Steps(int capacity) {
            highs = new long[capacity];
            lows = new long[capacity];
            numbers = new long[capacity];
        }

        private void add(IpAddress first, long number) {
            highs[size] = first.high();
            lows[size] = first.low();
            numbers[size++] = number;
        }

        public int size() {
            return size;
        }

        public IpAddress first(int step) {
            return new IpAddress(highs[step], lows[step]);
        }

        public long number(int step) {
            return numbers[step];
        }
    }

    /// Walks the services in ascending order, in pieces of which each has one answer.
    public final class Cursor {
        /// After the last of all services.
        public static final int END = Staircase.END;

        private final Search judged;
        private final Search enforced;

        private Cursor(Search judged, Search enforced) {
            this.judged = judged;
            this.enforced = enforced;
        }

        /// The number of the rule that decides here.
        public int rule() {
            int rule = judged.rule();
            if (!rules.get(rule).audit()) {
                return rule;
            }
            int strict = enforced.rule();
            boolean told = rules.get(rule).verdict() == Verdict.AUDIT
                    && rules.get(strict).verdict() == Verdict.ALLOW;
            return told ? rule : strict;
        }

        /// Where the next piece begins, as `protocol << 16 | port`; or [#END].
        public int next() {
            return Math.min(judged.next(0), enforced.next(0));
        }

        /// Whether the rules for everybody decide here, so that neither the step nor the holder matters.
        public boolean isPlain() {
            return judged.isPlain() && enforced.isPlain();
        }

        /// Where [#isPlain()] may next be another; or [#END].
        public int nextPlain() {
            return Math.min(judged.next(1), enforced.next(1));
        }

        /// Goes on to the piece that holds `key`, which is not before the current one.
        public void seek(int key) {
            judged.seek(key);
            enforced.seek(key);
        }
    }

    /// What [Cursor] needs to know of one view: the list of services for everybody, then those of the step and of the
    /// holder.
    private static final class Search {
        private final Staircase[] lists;
        private final int[] at;
        private final int defaultRule;

        Search(Staircase[] lists, int defaultRule) {
            this.lists = lists;
            this.at = new int[lists.length];
            this.defaultRule = defaultRule;
        }

        int rule() {
            int best = ImageLayout.NO_RULE;
            for (int i = 0; i < lists.length; i++) {
                int rule = lists[i].rule(at[i]);
                best = Integer.compareUnsigned(rule, best) < 0 ? rule : best;
            }
            return best == ImageLayout.NO_RULE ? defaultRule : best;
        }

        boolean isPlain() {
            boolean plain = true;
            for (int i = 1; i < lists.length; i++) {
                plain &= lists[i].rule(at[i]) == ImageLayout.NO_RULE;
            }
            return plain;
        }

        /// Where the next step of one of the lists from this one on begins.
        int next(int list) {
            int next = Staircase.END;
            for (int i = list; i < lists.length; i++) {
                next = at[i] + 1 < lists[i].size() ? Math.min(next, lists[i].key(at[i] + 1)) : next;
            }
            return next;
        }

        void seek(int key) {
            for (int i = 0; i < lists.length; i++) {
                int low = at[i];
                int high = lists[i].size();
                for (int step = 1; low + step < high; step *= 2) { // the next one is near, mostly
                    if (lists[i].key(low + step) > key) {
                        high = low + step;
                    } else {
                        low += step;
                    }
                }
                while (high - low > 1) {
                    int middle = (low + high) >>> 1;
                    boolean before = lists[i].key(middle) <= key;
                    low = before ? middle : low;
                    high = before ? high : middle;
                }
                at[i] = low;
            }
        }
    }

    /// The policies do not fit the bound.
    public static final class TooLargeException extends Exception {
        private static final long serialVersionUID = 1L;

        TooLargeException(String reason) {
            super(reason);
        }
    }
}
