/// What is suggested for flows that never were.
@NullMarked
package dev.weir.agent.suggest;

import org.jspecify.annotations.NullMarked;
