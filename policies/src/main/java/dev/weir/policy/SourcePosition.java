// SPDX-License-Identifier: Apache-2.0
package dev.weir.policy;

/// A place in a policy file, both from 1; columns count characters (code points).
public record SourcePosition(int line, int column) {}
