// SPDX-License-Identifier: Apache-2.0
/// What this kernel and this process can do, found by trying and never by version numbers, and the BPF file system in
/// which everything of Weir is pinned. It must not know what is pinned there.
@NullMarked
package dev.weir.bpf.probe;

import org.jspecify.annotations.NullMarked;
