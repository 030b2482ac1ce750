// SPDX-License-Identifier: Apache-2.0
// Whether Weir does what it should: state and why, devices, drift, and how full its maps are.

import { ask } from './agent.js';
import { el, namespaceHref, section } from './dom.js';
import { exact, moment } from './format.js';
import { Facts, Notices } from './parts.js';
import { Table } from './table.js';

export const health = {
  title: () => 'Health',
  everyMs: 5000,

  mount(root) {
    const notices = new Notices();
    const facts = new Facts();
    const devices = new Table({
      caption: 'Devices that are selected',
      empty: 'None is.',
      key: each => `${each.vantage} ${each.ifindex}`,
      sort: { column: 'Enforced', descending: false },
      columns: [
        { title: 'Device', code: true, value: each => each.device, text: each => each.device, note: each => `ifindex ${each.ifindex}` },
        { title: 'Namespace', value: each => each.namespace, text: each => each.namespace, href: each => namespaceHref(each.namespace) },
        { title: 'Enforced', value: each => each.attached ? 1 : 0, text: each => each.attached ? `by ${each.hooks.join(' and ')}` : each.error ?? 'no',
          tone: each => each.attached ? null : 'verdict deny' },
        { title: 'Vantage', minor: true, value: each => each.vantage, text: each => each.vantage },
      ],
    });
    const drift = new Table({
      caption: 'What was found in the kernel that the agent had not left so',
      empty: 'Nothing since the agent started.',
      key: each => [each.kind, each.device, each.hook, each.since, each.what].join(),
      tone: each => each.ended === null ? 'lasting' : null,
      columns: [
        { title: 'Found', text: each => each.kind },
        { title: 'Device', code: true, text: each => each.device ?? '' },
        { title: 'What', text: each => each.what },
        { title: 'Since', text: each => moment(each.since) },
        { title: 'Until', text: each => each.ended === null ? 'now' : moment(each.ended) },
        { title: 'To do', text: each => each.remedy ?? 'nothing: the agent mends it' },
      ],
    });
    const maps = new Table({
      caption: 'Maps in the kernel',
      key: each => each.name,
      columns: [
        { title: 'Map', code: true, text: each => each.name },
        { title: 'Entries', number: true, text: each => exact(each.entries) },
        { title: 'Room for', number: true, text: each => exact(each.capacity) },
        { title: 'Full', number: true, text: each => `${Math.round(100 * each.entries / each.capacity)} %` },
      ],
    });
    root.append(notices.element, facts.element, el('div', { class: 'grid' },
      
      el('div', {}, section('Devices', devices.element), section('Drift', drift.element)),
      el('div', {}, section('Maps', maps.element))));
    return {
      async refresh(signal) {
        const status = await ask('status', {}, signal);
        const tone = status.state === 'not-enforcing' ? 'bad' : 'doubtful';
        notices.show([...status.why.map(text => ({ text, tone })),
          ...status.vantages.filter(each => each.problem !== null)
            .map(each => ({ text: `vantage ${each.name}: ${each.problem}`, tone: 'doubtful' }))]);
        facts.show({
          State: status.state,
          Version: status.version,
          'Process id': status.pid === null ? null : String(status.pid),
          Started: status.startedAt === null ? null : moment(status.startedAt),
          Generation: String(status.generation),
          'Policy hash': status.policyHash,
          'Policy directory': status.policyDirectory,
          Vantages: status.vantages.map(each => each.name).join(', '),
          'Claims refused': status.refusedAddresses === 0 ? null : `${exact(status.refusedAddresses)} addresses`,
          'Last error': status.lastError,
        });
        devices.show(status.devices);
        drift.show(status.drift);
        maps.show(status.maps);
      },
    };
  },
};
