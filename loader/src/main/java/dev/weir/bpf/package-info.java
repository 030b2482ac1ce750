// SPDX-License-Identifier: Apache-2.0
/// BPF objects, maps, programs and TCX links as Java values and handles. It owns every descriptor that it hands out,
/// turns errno into [dev.weir.bpf.BpfException], and shows no native memory. It must not know what the maps mean:
/// policies, flows and namespaces belong to other modules.
@NullMarked
package dev.weir.bpf;

import org.jspecify.annotations.NullMarked;
