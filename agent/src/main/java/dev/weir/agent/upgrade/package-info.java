// SPDX-License-Identifier: Apache-2.0
/// Maps of an older layout give way to those of this one while programs of both judge and count: what is
/// copied when, in which order, and what a start finds after each way to die. It knows fields by their names
/// only, and no policies.
@NullMarked
package dev.weir.agent.upgrade;

import org.jspecify.annotations.NullMarked;
