// SPDX-License-Identifier: Apache-2.0
// Who talks to whom, and who is denied whom: the edges of the map.

import { ask } from './agent.js';
import { Rates } from './rates.js';

const MOST_PAIRS = 5000;

/** Who is no namespace; no namespace can be called so. */
const WORLD = '/world';
const HOST = '/host';

/** What people call an end of an edge. */
export const endName = end => end.startsWith('/') ? end.slice(1) : end;

/** Whether it is a namespace, with a page of its own. */
export const isNamespace = end => !end.startsWith('/');

/** Who an address means; where several namespaces hold it, on segments of their own, none of them. */
function holders({ namespaces, hostAddresses }) {
  const held = new Map(hostAddresses.map(address => [address, HOST]));
  for (const { name, addresses } of namespaces) {
    for (const address of addresses) {
      held.set(address, held.has(address) ? WORLD : name);
    }
  }
  return held;
}

/** Rates between two, each told once though both ends count it. */
export class Edges {
  #rates = new Rates();
  #countedAt = null;
  #talking = []; // {namespace, peer, rate}

  /**
   * `{id, from, to, rate, denied}` for each two that talk or would: bytes a second in both directions (null: not known
   * yet), and packets a second that were denied. `host` is the answer of `/api/v1/namespaces`.
   */
  async look(host, denials, signal) {
    const held = holders(host);
    const sides = new Map(); // 'a|b' as a sees it
    for (const { namespace, peer, rate } of await this.#talk(signal)) {
      const id = side(namespace, peer);
      const known = sides.get(id) ?? { namespace, peer, rate: 0, denied: 0 };
      known.rate = rate === null ? known.rate : known.rate + rate;
      sides.set(id, known);
    }
    for (const { packet, rate } of denials.recent()) {
      const peer = held.get(packet.outsideAddress) ?? WORLD;
      const id = side(packet.namespace, peer);
      const known = sides.get(id) ?? { namespace: packet.namespace, peer, rate: 0, denied: 0 };
      known.denied += rate;
      sides.set(id, known);
    }
    return merged(sides);
  }

  /** By what was exchanged between the last two times that the agent added it up, some seconds apart. */
  async #talk(signal) {
    const { countedAt, peers } = await ask('peers', { limit: MOST_PAIRS }, signal);
    if (countedAt !== null && countedAt !== this.#countedAt) {
      this.#countedAt = countedAt;
      this.#rates.look(Date.parse(countedAt));
      this.#talking = peers.map(({ namespace, peer, kind, bytesEgress, bytesIngress }) => {
        const end = kind === 'namespace' ? peer : `/${kind}`;
        return { namespace, peer: end, rate: this.#rates.of(side(namespace, end), bytesEgress + bytesIngress) };
      });
    }
    return this.#talking;
  }
}

const side = (namespace, peer) => JSON.stringify([namespace, peer]);

/** Both ends see the same bytes, and what one of them drops the other may have let pass. */
function merged(sides) {
  const edges = new Map();
  for (const { namespace, peer, rate, denied } of sides.values()) {
    const [from, to] = [namespace, peer].sort((a, b) => isNamespace(b) - isNamespace(a) || (a < b ? -1 : 1));
    const id = side(from, to);
    const edge = edges.get(id) ?? { id, from, to, rate: 0, denied: 0 };
    edge.rate = Math.max(edge.rate, rate);
    edge.denied += denied;
    edges.set(id, edge);
  }
  return [...edges.values()].sort((a, b) => b.rate - a.rate || b.denied - a.denied || (a.id < b.id ? -1 : 1));
}
