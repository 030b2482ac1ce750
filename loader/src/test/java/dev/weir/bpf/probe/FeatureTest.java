// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.weir.bpf.probe.Support.Supported;
import dev.weir.testing.KernelTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FeatureTest extends KernelTest {
    /// What a JVM without any capability finds.
    public static void main(String[] arguments) {
        for (Feature feature : Feature.values()) {
            System.out.println(feature + ": " + feature.support());
        }
    }

    @Test
    void rootOnThisKernelHasAll() {
        for (Feature feature : Feature.values()) {
            assertEquals(new Supported(), feature.support(), feature::name);
        }
    }

    @Test
    void processesWithoutRightsAreToldWhichTheyLack() throws IOException, InterruptedException {
        List<String> command = Stream.of(
                        "setpriv --bounding-set=-all --inh-caps=-all --no-new-privs --",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED -XX:+UseSerialGC -Xmx32m -cp",
                        System.getProperty("java.class.path"),
                        FeatureTest.class.getName())
                .flatMap(words -> Stream.of(words.split(" ", -1)))
                .toList();
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), output);
        assertTrue(
                output.contains("BPF: Unsupported[reason=this process may not use BPF, remedy=run as root, or with"
                        + " CAP_BPF, CAP_NET_ADMIN and CAP_SYS_ADMIN]"),
                output);
        assertTrue(output.contains("TCX: Unknown[reason=this process may not ask;"), output);
    }
}
