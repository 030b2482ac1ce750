// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

/// A field of a struct that lies in a map, with those of the structs and arrays in it taken apart; an array
/// of bytes is one field.
///
/// @param path such as `egress[3].packets`; empty where the key or value is no struct
/// @param type as the C side calls it, such as `__u32` or `__be16`
/// @param offset in bytes from the start of the key or value
public record StructField(String path, String type, int offset, int bytes) {}
