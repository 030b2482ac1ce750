// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

/// What a program of the section `syscall` answered.
///
/// @param result what it returned
/// @param argument its argument as it left it
public record SyscallRun<T>(int result, T argument) {}
