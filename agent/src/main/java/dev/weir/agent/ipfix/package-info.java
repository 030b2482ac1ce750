// SPDX-License-Identifier: Apache-2.0
/// Tells a collector of flows by IPFIX (RFC 7011): what is said (records, templates, messages), over
/// what (UDP or TCP), and when. It reads maps as the other readers do and is read by none: it knows
/// nothing of HTTP, and enforcement nothing of it.
@NullMarked
package dev.weir.agent.ipfix;

import org.jspecify.annotations.NullMarked;
