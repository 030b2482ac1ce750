// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.suggest;

import dev.weir.abi.Direction;
import dev.weir.policy.Peer;
import dev.weir.policy.yaml.ExactService;

/// What a rule judges: who opens a flow towards whom, for what.
///
/// @param direction in which it is opened
/// @param peer a namespace, the host, or one address
record Opening(Direction direction, Peer peer, ExactService service) {}
