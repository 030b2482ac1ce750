// SPDX-License-Identifier: Apache-2.0
// One namespace: what it is, what it carries, by which rules, with whom.

import { ask } from './agent.js';
import { Denials, literal } from './denials.js';
import { el, flowsHref, namespaceHref, section } from './dom.js';
import { Edges, endName, isNamespace } from './edges.js';
import { dropTable } from './events.js';
import { byteRate, bytes, count, exact, packetRate, packets } from './format.js';
import { Facts, Figure, Notices, Reasons, figures } from './parts.js';
import { Rates } from './rates.js';
import { RuleTable } from './rules.js';
import { Table } from './table.js';
import { Traffic } from './traffic.js';

const DENIED = 12;

export const namespacePage = {
  title: ({ name }) => name,
  everyMs: 2000,

  mount(root, { name }) {
    const traffic = new Traffic();
    const edges = new Edges();
    const denials = new Denials({ namespace: literal(name) });
    const reasonRates = new Rates();
    const notices = new Notices();
    const facts = new Facts();
    const out = new Figure('Out', { line: true });
    const into = new Figure('In', { line: true });
    const denied = new Figure('Denied now', { line: true, tone: 'deny' });
    const flows = new Figure('Live flows');
    const rules = new RuleTable('Rules that hold for it, and what they decided here', 'No policy selects it.', false);
    const reasons = new Reasons();
    const recent = dropTable('What was denied to or from it lately, the last first', 'Nothing of it was dropped lately.', true);
    const other = edge => edge.from === name ? edge.to : edge.from;
    const peers = new Table({
      caption: 'Who it talks to now',
      empty: 'It talks to nobody.',
      key: edge => edge.id,
      columns: [
        { title: 'Peer', text: edge => endName(other(edge)), href: edge => isNamespace(other(edge)) ? namespaceHref(other(edge)) : null },
        { title: 'Both ways', number: true, value: edge => edge.rate, text: edge => byteRate(edge.rate) },
        { title: 'Denied', number: true, value: edge => edge.denied, text: edge => packetRate(edge.denied),
          tone: edge => edge.denied > 0 ? 'verdict deny' : 'zero' },
      ],
    });
    const ends = new Table({
      caption: 'Both ends of its devices, as the kernel counts there',
      empty: 'None is known.',
      key: end => `${end.device} ${end.end}`,
      columns: [
        { title: 'Device', code: true, text: end => end.device },
        { title: 'End', text: end => `${end.end} (${end.name})` },
        { title: 'Link', text: end => end.up ? 'up' : 'down', tone: end => end.up ? null : 'verdict deny' },
        { title: 'Received', number: true, text: end => bytes(end.receivedBytes), note: end => `${exact(end.receivedPackets)} packets` },
        { title: 'Sent', number: true, text: end => bytes(end.sentBytes), note: end => `${exact(end.sentPackets)} packets` },
        { title: 'Dropped', number: true, text: end => packets(end.receivedDrops + end.sentDrops + end.disciplineDrops) },
        { title: 'Queue', minor: true, text: end => `${end.discipline}, ${packets(end.backlogPackets)} waiting` },
      ],
    });
    root.append(notices.element, facts.element, figures(out, into, denied, flows),
      section('Rules', rules.element),
      el('div', { class: 'grid' },
        el('div', {}, section('Denied', recent.element), section('Devices', ends.element)),
        el('div', {}, section('Drops by reason', reasons.element), section('Peers', peers.element))),
    el('p', { class: 'under' }, el('a', { href: flowsHref({ namespace: literal(name) }) }, 'Its flows'), ' · ',
      el('a', { href: `#/events?${new URLSearchParams({ namespace: literal(name) })}` }, 'Its events')));

    return {
      async refresh(signal) {
        const host = await ask('namespaces', {}, signal);
        const own = traffic.of(host.namespaces).find(each => each.name === name);
        if (own === undefined) {
          notices.show([{ text: `There is no namespace ${name}, or it is not enforced.`, tone: 'doubtful' }]);
          return;
        }
        rules.show((await ask('policies', { namespace: name }, signal)).policies);
        ends.show((await ask('interfaces', { namespace: name }, signal)).interfaces);
        await denials.look(signal);
        const links = await edges.look(host, denials, signal);
        peers.show(links.filter(edge => edge.from === name || edge.to === name));
        recent.show(denials.alike().slice(0, DENIED));
        reasons.show(own.dropsByReason, reasonRates.look());
        notices.show(own.refusedAddresses.map(({ address, reason }) =>
          ({ text: `It claims ${address}, which is not granted: ${reason}.`, tone: 'doubtful' })));
        facts.show({
          Kind: own.kind,
          Inode: own.inode === 0 ? null : String(own.inode),
          Processes: exact(own.processes),
          'User id': own.owner === null ? null : String(own.owner),
          Addresses: own.addresses.join(', '),
          Devices: own.devices.join(', '),
          Policies: own.policies.join(', '),
        });
        out.show(byteRate(own.out), `${bytes(own.bytesEgress)} in all`, own.out);
        into.show(byteRate(own.in), `${bytes(own.bytesIngress)} in all`, own.in);
        denied.show(packetRate(own.denied), `${packets(own.drops)} in all`, own.denied);
        denied.raise((own.denied ?? 0) > 0);
        flows.show(count(own.flows), `${exact(own.answers)} refusals answered`);
      },
    };
  },
};
