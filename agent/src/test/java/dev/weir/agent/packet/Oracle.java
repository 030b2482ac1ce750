// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.packet;

import dev.weir.abi.Answer;
import dev.weir.abi.Basis;
import dev.weir.abi.CellOwner;
import dev.weir.abi.Direction;
import dev.weir.abi.Settings;
import dev.weir.abi.Verdict;
import dev.weir.agent.enforce.Judge;
import dev.weir.agent.pins.PinPaths;
import dev.weir.agent.why.Asker;
import java.util.Locale;

/// The asking programs over the maps of a [Judge]; its answers are in the words of [Judge#send].
final class Oracle implements AutoCloseable {
    private static final int LOOPBACK = 1;

    private final Asker asker;

    Oracle() {
        try {
            asker = Asker.open(new PinPaths(Judge.ROOT), Settings.of(0, Verdict.ALLOW));
        } catch (Asker.Unanswerable e) {
            throw new IllegalStateException(e);
        }
    }

    /// What would become of a frame, and `new`, `cached` or `kept`.
    String ask(Direction direction, byte[] frame) {
        Answer answer = answer(direction, frame);
        return verdict(answer) + ", "
                + (answer.basis() == Basis.RULES ? "new" : answer.basis().name().toLowerCase(Locale.ROOT));
    }

    Answer answer(Direction direction, byte[] frame) {
        return asker.ask(direction, LOOPBACK, frame);
    }

    /// The verdict alone, as [Judge#send] has it.
    String verdict(Answer answer) {
        if (!answer.decided()) {
            return answer.outcome().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
        CellOwner owner = asker.maps().owners().lookup(answer.cell()).orElseThrow();
        String rule = owner.policy().isEmpty()
                ? owner.rule() + "/" + owner.direction()
                : owner.policy() + "/" + owner.direction() + "/" + owner.rule();
        return answer.verdict() + " by " + rule;
    }

    @Override
    public void close() {
        asker.close();
    }
}
