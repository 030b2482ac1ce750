// SPDX-License-Identifier: Apache-2.0
/// What the agent shows of itself: plain values and the queries about them. Their JSON form is the HTTP contract,
/// their text form the tables of the command line. Knows neither kernel maps nor policies nor how it is served:
/// whoever holds the state implements [dev.weir.agent.view.AgentView], whoever shows it reads these records.
@NullMarked
package dev.weir.agent.view;

import org.jspecify.annotations.NullMarked;
