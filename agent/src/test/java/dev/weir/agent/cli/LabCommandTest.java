// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabCommandTest extends CommandTest {
    private static final String FORWARDS = "weir: net.ipv4.ip_forward stays on, others may rely on it by now; off:"
            + " sysctl -w net.ipv4.ip_forward=0\n";

    @Test
    void labGoesUpAndDown() {
        assertEquals(
                new Outcome(
                        ExitCode.OK,
                        "lab pair is up: blue on a veth to the host, which masquerades it, and the world beyond\n",
                        ""),
                weir("lab", "up", "pair"));
        assertEquals(
                new Outcome(
                        ExitCode.OK,
                        "removed namespace pair\n",
                        "weir: processes go on: 42\nweir: left alone, it is not of lab pair: namespace blue\n"
                                + FORWARDS),
                weir("lab", "down", "pair"));
    }

    @Test
    void whatWasShownIsNotDone() {
        assertEquals(new Outcome(ExitCode.OK, "ip netns add bridge\n", ""), weir("lab", "up", "bridge", "--show"));
        assertEquals(new Outcome(ExitCode.OK, "no lab is up\n", ""), weir("lab", "down"));
    }

    @Test
    void allLabsGoDownTogether() {
        weir("lab", "up", "pair");
        weir("lab", "up", "bridge");
        assertEquals(
                "removed namespace pair\nremoved namespace bridge\n",
                weir("lab", "down").out());
        assertEquals(
                new Outcome(
                        ExitCode.OK,
                        "lab pair is not up\n",
                        "weir: left alone, it is not of lab pair: namespace blue\n"),
                weir("lab", "down", "pair"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"lab", "lab up", "lab up mesh", "lab down mesh", "lab up pair bridge", "lab down --show"})
    void misuseIsTold(String line) {
        assertEquals(ExitCode.USAGE, weir(line.split(" ")).code());
    }
}
