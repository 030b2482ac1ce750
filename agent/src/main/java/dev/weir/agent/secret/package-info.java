// SPDX-License-Identifier: Apache-2.0
/// The files on which it rests who may ask an agent: certificate, key, token. Reads them, bounded, and refuses what
/// others could have read or what is not sound. Knows nothing of HTTP, nor where they are.
@NullMarked
package dev.weir.agent.secret;

import org.jspecify.annotations.NullMarked;
