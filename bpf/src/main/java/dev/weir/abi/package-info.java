// SPDX-License-Identifier: Apache-2.0
/// The Java mirror of `bpf/include/weir/abi.h`: one record and one [dev.weir.abi.Codec] a struct, and the compiled
/// programs as resources. It knows no policy, no libbpf and no kernel; `LayoutTest` holds it to the C side through BTF.
@NullMarked
package dev.weir.abi;

import org.jspecify.annotations.NullMarked;
