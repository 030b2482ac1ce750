/// The live screen of `weir top`: rates between two looks at the agent, what the keys change, how it is
/// laid out, and the terminal that it is drawn on. Knows neither how the agent is asked nor the kernel.
@NullMarked
package dev.weir.agent.top;

import org.jspecify.annotations.NullMarked;
