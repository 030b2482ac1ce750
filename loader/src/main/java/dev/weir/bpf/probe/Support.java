// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf.probe;

/// The answer to whether something works here.
public sealed interface Support {
    /// It was tried and works.
    record Supported() implements Support {}

    /// It was tried and does not work.
    ///
    /// @param remedy what the user can do
    record Unsupported(String reason, String remedy) implements Support {}

    /// It could not be tried.
    record Unknown(String reason) implements Support {}
}
