// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.agent.cli.Weir;
import dev.weir.agent.cli.Wiring;
import dev.weir.agent.lab.Demo;
import dev.weir.agent.lab.Labs;
import dev.weir.agent.lab.NamespaceMaker;
import java.io.PrintWriter;

/// The program `weir`.
public final class Main {
    private Main() {}

    /// Runs one command line and ends the process with its exit code.
    public static void main(String[] arguments) {
        Log.own();
        PrintWriter out = new PrintWriter(System.out, true, UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, UTF_8);
        boolean debug = "1".equals(System.getenv(Log.DEBUG));
        int status = Weir.run(wiring(), debug, out, err, arguments).number();
        Log.flush();
        System.exit(status);
    }

    static Wiring wiring() {
        return new Wiring(
                Agent::run,
                Check::run,
                Explain::run,
                new Why(),
                new Differences(),
                Agent::pinned,
                Examination::run,
                Detach::run,
                Demo::run,
                new Labs(),
                new NamespaceMaker(),
                WarmUp::run,
                OwnAddresses::of);
    }
}
