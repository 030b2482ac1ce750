// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

/// What the kernel says about a program.
///
/// @param type a number of `enum bpf_prog_type`
/// @param name at most 15 bytes
/// @param tag 16 hexadecimal digits, the same for the same instructions
/// @param size what it takes
public record ProgramInfo(int id, int type, String name, String tag, Size size) {
    /// How large a program is for the kernel. All of it differs between kernels, also for the same object.
    ///
    /// @param verified instructions that the verifier walked through, on all paths together; 0 before Linux 5.16
    /// @param translated instructions, eight bytes each, after the verifier has put its own in
    /// @param machineBytes of machine code; 0 where programs are interpreted
    public record Size(int verified, int translated, int machineBytes) {}
}
