// SPDX-License-Identifier: Apache-2.0
// What namespaces carry, from the totals of `/api/v1/namespaces`.

import { Rates } from './rates.js';

/** Adds rates to namespaces: `out` and `in` bytes, `denied` packets a second; null before the second look. */
export class Traffic {
  #rates = new Rates();

  of(namespaces) {
    this.#rates.look();
    return namespaces.map(namespace => {
      const rate = (what, total) => this.#rates.of(JSON.stringify([namespace.name, namespace.inode, what]), total);
      return {
        ...namespace,
        out: rate('out', namespace.bytesEgress),
        in: rate('in', namespace.bytesIngress),
        denied: rate('denied', namespace.drops),
      };
    });
  }
}

/** The sum of a rate; null where none is known yet. */
export function total(namespaces, what) {
  return namespaces.reduce((sum, each) => each[what] === null ? sum : (sum ?? 0) + each[what], null);
}
