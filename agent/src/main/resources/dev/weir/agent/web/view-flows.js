// SPDX-License-Identifier: Apache-2.0
// Live flows: filtered and sorted by the agent, which has them all; a page of them here.

import { Refused, ask } from './agent.js';
import { el, namespaceHref, panel, say } from './dom.js';
import { FILTERS, filterForm } from './filters.js';
import { age, byteRate, bytes, count, exact, ruleName, socket } from './format.js';
import { Notices, verdictTone } from './parts.js';
import { Rates } from './rates.js';
import { Table } from './table.js';

const LIMIT = 200;
const SORTS = ['bytes', 'packets', 'age', 'recent'];

const key = flow => [flow.namespace, flow.device, flow.protocol, flow.insideAddress, flow.insidePort, flow.outsideAddress,
  flow.outsidePort].join();

function columns(rates) {
  return [
    { title: 'Namespace', text: flow => flow.namespace, href: flow => namespaceHref(flow.namespace) },
    { title: 'Inside', code: true, text: flow => socket(flow.insideAddress, flow.insidePort) },
    { title: 'Outside', code: true, text: flow => `${flow.direction === 'egress' ? '→' : '←'} ${socket(flow.outsideAddress, flow.outsidePort)}`,
      note: flow => flow.direction === 'egress' ? 'opened from inside' : 'opened from outside' },
    { title: 'Service', code: true, whole: true, text: flow => flow.service },
    { title: 'Verdict', text: flow => flow.verdict, tone: flow => verdictTone(flow.verdict) },
    { title: 'Rule', code: true, breaks: true, text: flow => ruleName(flow.policy, flow.direction, flow.rule, null) },
    { title: 'Now', number: true, text: flow => byteRate(rates.get(key(flow)) ?? null) },
    { title: 'Bytes', number: true, sort: 'bytes', text: flow => bytes(flow.bytesEgress + flow.bytesIngress),
      note: flow => `${exact(flow.bytesEgress)} B out, ${exact(flow.bytesIngress)} B in` },
    { title: 'Packets', number: true, sort: 'packets', text: flow => count(flow.packetsEgress + flow.packetsIngress),
      note: flow => `${exact(flow.packetsEgress)} out, ${exact(flow.packetsIngress)} in` },
    { title: 'Age', number: true, sort: 'age', text: flow => age(flow.ageSeconds) },
    { title: 'Last packet', number: true, minor: true, sort: 'recent',
      text: flow => `${age(flow.ageSeconds - (Date.parse(flow.lastSeenAt) - Date.parse(flow.openedAt)) / 1000)} ago` },
    { title: 'State', minor: true, text: flow => flow.state },
  ];
}

export const flows = {
  title: () => 'Flows',
  everyMs: 2000,

  mount(root, { parameters, keep, again }) {
    let filter = Object.fromEntries(FILTERS.filter(name => parameters.has(name)).map(name => [name, parameters.get(name)]));
    let sort = SORTS.includes(parameters.get('sort')) ? parameters.get('sort') : 'bytes';
    let cursors = []; // of the pages before this one
    let next = null;
    const counted = new Rates();
    const rates = new Map();
    const told = el('p', { class: 'under' });
    const notices = new Notices();
    const first = el('button', { type: 'button' }, 'First page');
    const more = el('button', { type: 'button' }, 'Next page');
    const table = new Table({
      caption: 'Live flows', empty: 'No flow matches.', key, columns: columns(rates), onSort: chosen => {
        sort = chosen;
        turn([]);
        keep(filter, () => {}, { sort });
      },
    });
    const turn = pages => {
      cursors = pages;
      next = null;
      again();
    };
    first.addEventListener('click', () => turn([]));
    more.addEventListener('click', () => turn(next === null ? cursors : [...cursors, next]));
    root.append(panel(filterForm(filter, now => keep(now, chosen => {
      filter = chosen;
      turn([]);
    }, { sort })), el('div', { class: 'row' }, told, first, more), notices.element, table.element));

    return {
      async refresh(signal) {
        const asked = [filter, sort, cursors];
        const page = await this.page(signal);
        if (page === null || asked.some((each, i) => each !== [filter, sort, cursors][i])) {
          return; // the reader has chosen something else meanwhile
        }
        counted.look();
        rates.clear();
        page.flows.forEach(flow => rates.set(key(flow), counted.of(key(flow), flow.bytesEgress + flow.bytesIngress)));
        next = page.nextCursor;
        table.sortedBy(sort);
        table.show(page.flows);
        more.disabled = next === null;
        first.disabled = cursors.length === 0;
        say(told, `${exact(page.flows.length)} of ${exact(page.matched)} that match, page ${exact(cursors.length + 1)};`
          + ` ${exact(page.scanned)} flows in all`);
      },

      async page(signal) {
        const cursor = cursors.length === 0 ? {} : { cursor: cursors.at(-1) };
        try {
          const page = await ask('flows', { ...filter, sort, limit: LIMIT, ...cursor }, signal);
          notices.show([]);
          return page;
        } catch (failure) {
          if (!(failure instanceof Refused && failure.isFinal)) {
            throw failure;
          }
          notices.show([{ text: failure.message, tone: 'bad' }]);
          table.show([]);
          say(told, '');
          return null;
        }
      },
    };
  },
};
