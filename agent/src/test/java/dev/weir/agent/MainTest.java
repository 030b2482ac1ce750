// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.agent.http.HttpServer;
import dev.weir.agent.view.SampleView;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MainTest {
    @Test
    void helpAndStatusLoadNoServer() throws Exception {
        try (HttpServer server =
                HttpServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), new SampleView())) {
            String agent = "127.0.0.1:" + server.address().getPort();

            for (List<String> line : List.of(List.of("--help"), List.of("status", "--agent", agent))) {
                String output = run(0, line);
                assertTrue(output.contains("dev.weir.agent.cli.Weir "), "classes are logged");
                assertTrue(
                        output.lines()
                                .noneMatch(loaded -> loaded.contains(" io.netty.")
                                        || loaded.contains(" io.micrometer.")
                                        || loaded.contains(" org.snakeyaml.")),
                        line + " loads a part that it does not need");
            }
        }
    }

    @Test
    void exitCodeReachesTheShell() throws Exception {
        assertTrue(run(2, List.of("frobnicate")).contains("Try 'weir --help'."));
    }

    private static String run(int exitCode, List<String> arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xlog:class+load",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertEquals(exitCode, process.waitFor(), output);
        return output;
    }
}
