// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// What the build has the JVM see, so that agents start in less time. The build goes on without it where it fails; that
/// would be seen here alone.
class RehearsalTest extends HostTest {
    @Test
    void anAgentEnforcesAndAnswersAndEnds() {
        AgentProcess.Ended ended = AgentProcess.run("warm-up", "--enforce");
        assertEquals(0, ended.status(), ended.output());
        assertTrue(ended.output().contains("device veth-blue of namespace blue is enforced"), ended.output());
    }
}
