/// Makes a policy out of observed flows: the text of `weir suggest`. Owns which rules cover them,
/// exactly, and how those are written. Pure: knows neither the kernel nor the agent, is given flows and
/// who holds which address.
@NullMarked
package dev.weir.agent.suggest;

import org.jspecify.annotations.NullMarked;
