// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.weir.bpf.BpfException.Failed;
import dev.weir.bpf.BpfException.NotPermitted;
import dev.weir.bpf.BpfException.Unsupported;
import org.junit.jupiter.api.Test;

class ErrnoTest {
    @Test
    void errorsHaveNameAndText() {
        assertEquals("ENODEV – no such device", Errno.of(-19).toString());
        assertEquals("errno 4000 – see errno(3)", Errno.of(-4000).toString());
        assertThrows(IllegalArgumentException.class, () -> Errno.of(0));
    }

    @Test
    void errorsBecomeTheExceptionThatCallersCanActOn() {
        assertInstanceOf(NotPermitted.class, BpfException.of("attach", -1));
        assertInstanceOf(NotPermitted.class, BpfException.of("attach", -13));
        assertInstanceOf(Unsupported.class, BpfException.of("load", -38));
        Failed busy = assertInstanceOf(Failed.class, BpfException.of("attach", -16, "wait"));
        assertEquals("EBUSY", busy.errno().name());
        assertEquals("attach: EBUSY – in use; wait", busy.getMessage());
    }
}
