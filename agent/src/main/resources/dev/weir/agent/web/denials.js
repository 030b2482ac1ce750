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
  #since = null; // when drops began to be counted
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
    if (isFirst) { // they may be of any age
      this.#since = now;
    } else {
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
    const counted = Math.min(WINDOW_MS, performance.now() - this.#since);
    return this.#recent.map(({ packet, packets }) => ({ packet, rate: packets * 1000 / counted }));
  }

  /** The drops that are kept, those alike together: `{id, event, packets}` with the last one, the newest first. */
  alike() {
    const groups = new Map();
    for (const event of this.events) {
      const { kind, packet, lost } = event;
      if (kind === 'drop') {
        const id = JSON.stringify([packet.namespace, packet.direction, packet.outsideAddress, packet.service, packet.policy,
          packet.rule, packet.reason]);
        const group = groups.get(id) ?? { id, event, packets: 0 };
        group.packets += packet.packets + lost;
        groups.set(id, group);
      }
    }
    return [...groups.values()];
  }
}

/** A filter by namespace that lets this name pass, whatever characters a tenant put into it. */
export const literal = name => name.replaceAll('*', '?');
