// SPDX-License-Identifier: Apache-2.0
/// The read-only HTTP server: Netty's event loops parse, check and write; a few threads of their own ask the
/// [dev.weir.agent.view.AgentView]. Every client is taken for hostile: lines, headers, connections, queued requests
/// and unread answers are bounded, and nothing waits for a client. Knows nothing of kernel maps or policies.
@NullMarked
package dev.weir.agent.http;

import org.jspecify.annotations.NullMarked;
