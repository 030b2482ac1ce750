// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/// Which Weir this is.
/// @param version of the project, such as `0.1.0`
/// @param java the feature release of the virtual machine that runs it, such as `25`
public record Build(String version, String java) {
    private static final String RESOURCE = "build.properties";

    /// The build that is running.
    public static Build current() {
        Properties properties = new Properties();
        try (InputStream in = Build.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(
                        "read the build's version: " + RESOURCE + " is not in the jar; build anew");
            }
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException("read the build's version from " + RESOURCE, e);
        }
        String version = properties.getProperty("version", "unknown");
        return new Build(version, Integer.toString(Runtime.version().feature()));
    }
}
