// SPDX-License-Identifier: Apache-2.0
package dev.weir.bpf;

/// What the kernel says about a link to a device.
///
/// @param linkId number of the link
/// @param programId number of the program that runs now
/// @param ifindex of the device, in its own network namespace; 0: the device is gone, or the link detached
/// @param hook where on the device
public record DeviceLinkInfo(int linkId, int programId, int ifindex, DeviceHook hook) {}
