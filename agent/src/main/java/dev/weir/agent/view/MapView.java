// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

/// How full a kernel map is, in entries.
public record MapView(String name, long entries, long capacity) {}
