/// What the live screen shows, and how it is drawn.
@NullMarked
package dev.weir.agent.top;

import org.jspecify.annotations.NullMarked;
