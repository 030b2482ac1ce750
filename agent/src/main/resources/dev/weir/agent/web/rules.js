// SPDX-License-Identifier: Apache-2.0
// Rules with what they decided; those that never decided anything stand out.

import { bytes, exact, packetRate } from './format.js';
import { verdictTone } from './parts.js';
import { Rates } from './rates.js';
import { Table } from './table.js';

/** A table of the rules of policies, in the order of judgement. */
export class RuleTable {
  #rates = new Rates();
  #table;

  /** @param ofOne whether all are of one policy */
  constructor(caption, empty, ofOne) {
    this.#table = new Table({
      caption,
      empty,
      key: row => JSON.stringify([row.policy.name, row.rule.direction, row.rule.name]),
      tone: row => row.rule.packets === 0 ? 'unused' : null,
      columns: [
        { title: 'Rule', text: row => row.rule.name, note: row => `${row.policy.name}/${row.rule.direction}/${row.rule.name}` },
        { title: 'Says', text: row => row.policy.mode === 'audit' ? `audit ${row.rule.action}` : row.rule.action,
          tone: row => verdictTone(row.policy.mode === 'audit' ? 'audit' : row.rule.action) },
        { title: 'Packets', number: true, value: row => row.rule.packets, tone: row => row.rule.packets === 0 ? 'never' : null,
          text: row => row.rule.packets === 0 ? 'unused' : exact(row.rule.packets) },
        { title: 'Now', number: true, value: row => row.rate, text: row => packetRate(row.rate) },
        { title: 'Direction', text: row => row.rule.direction },
        { title: 'Services', code: true, text: row => row.rule.services },
        { title: 'Peers', code: true, text: row => row.rule.peers },
        { title: 'Bytes', number: true, minor: true, value: row => row.rule.bytes, text: row => bytes(row.rule.bytes) },
        ...(ofOne ? [] : [{ title: 'Policy', text: row => row.policy.name,
          href: row => `#/policies/${encodeURIComponent(row.policy.name)}` }]),
        { title: 'Place', code: true, breaks: true, minor: true, text: row => `${row.policy.file}:${row.rule.line}` },
      ],
    });
    this.element = this.#table.element;
  }

  show(policies) {
    this.#rates.look();
    this.#table.show(policies.flatMap(policy => policy.rules.map(rule => ({
      policy,
      rule,
      rate: this.#rates.of(JSON.stringify([policy.name, rule.direction, rule.name]), rule.packets),
    }))));
  }
}
