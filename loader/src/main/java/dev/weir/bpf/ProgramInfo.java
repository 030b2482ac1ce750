// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

/// What the kernel says about a program.
///
/// @param type a number of `enum bpf_prog_type`
/// @param name at most 15 bytes
/// @param tag 16 hexadecimal digits, the same for the same instructions
public record ProgramInfo(int id, int type, String name, String tag) {}
