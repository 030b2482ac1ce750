// SPDX-License-Identifier: Apache-2.0
/// The only door to native code: libbpf and libc, bound by hand with their C names, and nothing above a system call.
/// Whatever can fail returns a value or a negative errno; a missing library or symbol throws an
/// [java.lang.UnsatisfiedLinkError] that says what to install. For the packages of this module only; it knows neither
/// maps nor devices, and no exception of theirs.
@NullMarked
package dev.weir.bpf.ffi;

import org.jspecify.annotations.NullMarked;
