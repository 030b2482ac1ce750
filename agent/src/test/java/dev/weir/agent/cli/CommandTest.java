// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.cli;

import dev.weir.abi.IpAddress;
import dev.weir.agent.config.WeirConfig;
import dev.weir.agent.http.HttpServer;
import dev.weir.agent.view.DoctorView;
import dev.weir.agent.view.PolicyCheck;
import dev.weir.agent.view.PolicyError;
import dev.weir.agent.view.SampleView;
import dev.weir.agent.view.StatusView;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// Runs command lines over parts that answer as they are told.
abstract class CommandTest {
    /// What a command line did.
    record Outcome(ExitCode code, String out, String err) {}

    final SampleView view = new SampleView();
    final List<PolicyError> errors = new ArrayList<>();
    final List<PolicyError> warnings = new ArrayList<>();

    /// The status of the agent that `doctor` was given.
    @Nullable
    StatusView askedWith;

    DoctorView examined = new DoctorView(List.of(), 3, 7, List.of(), true);

    @Nullable
    WeirConfig ran;

    @Nullable
    Exception failure;

    Wiring wiring;

    @TempDir
    Path directory;

    Path config;

    /// Has the port of the configuration and does not listen: while it is open nobody else answers there.
    private final Socket nobody = new Socket();

    @BeforeEach
    void prepare() throws Exception {
        wiring = new Wiring(
                running -> {
                    ran = running;
                    fail();
                },
                (paths, configuration) -> new PolicyCheck(errors, warnings),
                (explained, question, heldBy) -> {
                    throw new RefusedPolicies(errors);
                },
                new SampleAsker(),
                new SampleDiffer(errors),
                bpffs -> {
                    fail();
                    return view;
                },
                (configuration, file, status) -> {
                    askedWith = status;
                    return examined;
                },
                bpffs -> List.of("link weir_tcx_in on veth-blue", "map weir_flows"),
                out -> out.println("step 1"),
                new SampleLabs(),
                new SampleNamespaces(),
                enforce -> {},
                vantage -> Set.of(IpAddress.parse("192.0.2.7")));
        config = directory.resolve("weir.yaml");
        nobody.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Files.writeString(config, "listen: 127.0.0.1:" + nobody.getLocalPort() + "\nbpffs: /run/pins\n");
    }

    @AfterEach
    void leavePort() throws IOException {
        nobody.close();
    }

    HttpServer serve() throws Exception {
        return HttpServer.start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), view);
    }

    private void fail() throws CommandFailure {
        switch (failure) {
            case null -> {}
            case CommandFailure expected -> throw expected;
            case RuntimeException unexpected -> throw unexpected;
            default -> throw new AssertionError(failure);
        }
    }

    Outcome weir(String... arguments) {
        return weir(false, arguments);
    }

    Outcome weir(boolean debug, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        ExitCode code = Weir.run(wiring, debug, new PrintWriter(out), new PrintWriter(err), arguments);
        return new Outcome(code, out.toString(), err.toString());
    }
}
