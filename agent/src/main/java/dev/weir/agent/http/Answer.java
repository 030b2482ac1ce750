// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.http;

/// What a request is answered with: a whole, or piece by piece.
sealed interface Answer permits Reply, Feed {}
