// SPDX-License-Identifier: Apache-2.0
/// What the kernel says of network namespaces, their devices and addresses: entering a namespace, asking over
/// rtnetlink, hearing of changes, and the kernel's clock. It owns descriptors and bytes of netlink; it must not
/// know what an endpoint or a policy is, nor how often anybody asks. Whatever fails here throws a
/// [dev.weir.net.NetException].
@NullMarked
package dev.weir.net;

import org.jspecify.annotations.NullMarked;
