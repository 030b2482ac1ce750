// SPDX-License-Identifier: Apache-2.0
// All namespaces.

import { ask } from './agent.js';
import { el, namespaceHref, panel } from './dom.js';
import { byteRate, count, exact, packetRate } from './format.js';
import { Table } from './table.js';
import { Traffic } from './traffic.js';

export const namespaces = {
  title: () => 'Namespaces',
  everyMs: 2000,

  mount(root) {
    const traffic = new Traffic();
    let all = [];
    const search = el('input', { type: 'search', autocomplete: 'off', spellcheck: 'false', placeholder: 'name, address or device' });
    const table = new Table({
      caption: 'Namespaces',
      empty: 'No namespace matches.',
      key: each => each.name,
      sort: { column: 'Name', descending: false },
      tone: each => (each.denied ?? 0) > 0 ? 'denying' : null,
      columns: [
        { title: 'Name', value: each => each.name, text: each => each.name, href: each => namespaceHref(each.name) },
        { title: 'Out', number: true, value: each => each.out, text: each => byteRate(each.out) },
        { title: 'In', number: true, value: each => each.in, text: each => byteRate(each.in) },
        { title: 'Denied', number: true, value: each => each.denied, text: each => packetRate(each.denied),
          tone: each => (each.denied ?? 0) > 0 ? 'verdict deny' : null },
        { title: 'Drops', number: true, value: each => each.drops, text: each => count(each.drops), note: each => `${exact(each.drops)} packets` },
        { title: 'Flows', number: true, value: each => each.flows, text: each => count(each.flows), note: each => exact(each.flows) },
        { title: 'Addresses', code: true, text: each => some(each.addresses), note: each => each.addresses.join(', ') },
        { title: 'Devices', code: true, minor: true, text: each => some(each.devices), note: each => each.devices.join(', ') },
        { title: 'Policies', minor: true, text: each => some(each.policies), note: each => each.policies.join(', ') },
        { title: 'Kind', minor: true, value: each => each.kind, text: each => each.kind },
      ],
    });
    const draw = () => {
      const wanted = search.value.trim().toLowerCase();
      table.show(all.filter(each => [each.name, ...each.addresses, ...each.devices].some(text => text.toLowerCase().includes(wanted))));
    };
    search.addEventListener('input', draw);
    root.append(panel(
      el('form', { class: 'filters', role: 'search' }, el('label', {}, 'Find', search)), table.element));
    root.querySelector('form').addEventListener('submit', event => event.preventDefault());
    return {
      async refresh(signal) {
        all = traffic.of((await ask('namespaces', {}, signal)).namespaces);
        draw();
      },
    };
  },
};

const SHOWN = 2;

function some(list) {
  return list.length <= SHOWN ? list.join(', ') : `${list.slice(0, SHOWN).join(', ')} +${list.length - SHOWN}`;
}
