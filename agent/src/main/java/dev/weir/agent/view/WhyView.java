// SPDX-License-Identifier: Apache-2.0
package dev.weir.agent.view;

import dev.weir.abi.Direction;
import dev.weir.abi.IpAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the kernel would do with one opening of a flow.
/// @param inside the address of the namespace's side
/// @param heldBy who holds the peer's address now: `host`, a namespace, or words for one that is not enforced; null:
/// nobody
/// @param service as `tcp/443` or `icmp/8/0`
/// @param place of the rule, where the policy files are those in force; else null
/// @param notes what the answer takes for granted; sentences for people
public record WhyView(
        String namespace,
        String device,
        int ifindex,
        Direction direction,
        IpAddress inside,
        IpAddress peer,
        @Nullable String heldBy,
        String service,
        Judgement judgement,
        ExplanationView.@Nullable Place place,
        List<String> notes) {}
