// SPDX-License-Identifier: Apache-2.0
// Events as they come, and what of them was denied just now.

import { ask } from './agent.js';

const KEPT = 500;
const AT_FIRST = 100;
const WINDOW_MS = 10000;

/** Follows the agent's events by its cursor. */
export class Denials {
  #filter;
  #cursor = null;
  #recent = []; // {at, packet, packets}

  /** Newest first. */
  events = [];
  /** Events that the agent did not keep until they were asked for. */
  missed = 0;

  constructor(filter = {}) {
    this.#filter = filter;
  }

  /** Asks for what came since the last look. */
  async look(signal) {
    const isFirst = this.#cursor === null;
    const more = isFirst ? { limit: AT_FIRST } : { limit: KEPT, cursor: this.#cursor };
    const page = await ask('events', { ...this.#filter, ...more }, signal);
    const now = performance.now();
    this.#cursor = page.nextCursor;
    this.events = [...page.events.toReversed(), ...this.events].slice(0, KEPT);
    if (!isFirst) { // the first may be of any age
      this.missed += page.forgotten;
      for (const { kind, packet, lost } of page.events) {
        if (kind === 'drop') {
          this.#recent.push({ at: now, packet, packets: packet.packets + lost });
        }
      }
    }
    this.#recent = this.#recent.filter(drop => now - drop.at < WINDOW_MS).slice(-10 * KEPT);
  }

  /** The drops of the last seconds, `{packet, rate}`: by how many packets a second each stands for. */
  recent() {
    return this.#recent.map(({ packet, packets }) => ({ packet, rate: packets * 1000 / WINDOW_MS }));
  }
}

/** A filter by namespace that lets this name pass, whatever characters a tenant put into it. */
export const literal = name => name.replaceAll('*', '?');
