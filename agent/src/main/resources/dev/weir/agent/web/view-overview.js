// SPDX-License-Identifier: Apache-2.0
// What goes on, on one page: figures, the map, who talks most, what is denied, by what policies.

import { ask } from './agent.js';
import { Denials } from './denials.js';
import { el, namespaceHref, say, section } from './dom.js';
import { Edges, endName, isNamespace } from './edges.js';
import { dropTable } from './events.js';
import { byteRate, count, exact, moment, packetRate, packets, shortHash } from './format.js';
import { TalkMap } from './map.js';
import { Figure, Reasons, figures } from './parts.js';
import { Rates } from './rates.js';
import { Table } from './table.js';
import { Traffic, total } from './traffic.js';

const POLICIES_EVERY_MS = 10000;
const TALKERS = 10;
const DENIED = 8;

export const overview = {
  title: () => 'Overview',
  everyMs: 2000,

  mount(root) {
    const traffic = new Traffic();
    const edges = new Edges();
    const denials = new Denials();
    const reasonRates = new Rates();
    const map = new TalkMap();
    const reasons = new Reasons();
    const namespacesFigure = new Figure('Namespaces');
    const flows = new Figure('Live flows');
    const out = new Figure('Out of namespaces', { line: true });
    const into = new Figure('Into namespaces', { line: true });
    const denied = new Figure('Denied now', { line: true, tone: 'deny' });
    const policy = new Figure('Policies');
    const talkers = new Table({
      caption: 'Who talks to whom, the busiest first',
      empty: 'Nobody talks.',
      key: edge => edge.id,
      columns: [
        { title: 'Between', text: edge => endName(edge.from), href: edge => isNamespace(edge.from) ? namespaceHref(edge.from) : null },
        { title: 'and', text: edge => endName(edge.to), href: edge => isNamespace(edge.to) ? namespaceHref(edge.to) : null },
        { title: 'Both ways', number: true, text: edge => byteRate(edge.rate) },
        { title: 'Denied', number: true, tone: edge => edge.denied > 0 ? 'verdict deny' : 'zero',
          text: edge => packetRate(edge.denied) },
      ],
    });
    const recent = dropTable('Whom what was denied lately, the last first', 'Nothing was dropped lately.', false);
    const policies = new Table({
      caption: 'Policies in force, in the order of judgement',
      empty: 'There is no policy.',
      key: each => each.name,
      columns: [
        { title: 'Policy', text: each => each.name, href: each => `#/policies/${encodeURIComponent(each.name)}` },
        { title: 'Mode', text: each => each.mode, tone: each => each.mode === 'audit' ? 'verdict audit' : null },
        { title: 'Rules', number: true, text: each => exact(each.rules.length) },
        { title: 'Unused', number: true, text: each => exact(each.rules.filter(rule => rule.packets === 0).length) },
        { title: 'Hash', code: true, text: each => shortHash(each.hash) },
      ],
    });
    const version = el('p', { class: 'under' });
    root.append(
      figures(namespacesFigure, flows, out, into, denied, policy),
      el('div', { class: 'grid' },
        el('div', {},
          section('Map', map.element, el('p', { class: 'legend', 'aria-hidden': 'true' },
            el('span', { class: 'allowed' }, 'bytes that passed, both ways'), el('span', { class: 'denied' }, 'packets denied'))),
          section('Top talkers', talkers.element)),
        el('div', {},
          section('Drops by reason', reasons.element),
          section('Denied', recent.element, el('p', { class: 'under' }, el('a', { href: '#/events' }, 'All events'))),
          section('Policies', version, policies.element))));

    let policiesAt = -Infinity;
    return {
      async refresh(signal) {
        const host = await ask('namespaces', {}, signal);
        const { namespaces } = host;
        const carried = traffic.of(namespaces);
        await denials.look(signal);
        const links = await edges.look(host, denials, signal);
        if (performance.now() - policiesAt > POLICIES_EVERY_MS) {
          const page = await ask('policies', {}, signal);
          policiesAt = performance.now();
          const unused = page.policies.flatMap(each => each.rules).filter(rule => rule.packets === 0).length;
          policies.show(page.policies);
          policy.show(count(page.policies.length), `generation ${page.generation}`);
          say(version, `Generation ${page.generation}, hash ${shortHash(page.hash)}, in force since ${moment(page.appliedAt)};`
            + ` ${exact(unused)} rules unused`);
        }
        const rates = { out: total(carried, 'out'), in: total(carried, 'in'), denied: total(carried, 'denied') };
        const dropped = namespaces.reduce((sum, each) => sum + each.drops, 0);
        const denying = carried.filter(each => (each.denied ?? 0) > 0).length;
        namespacesFigure.show(exact(namespaces.length), denying === 0 ? 'none denied now' : `${exact(denying)} denied now`);
        flows.show(count(namespaces.reduce((sum, each) => sum + each.flows, 0)), 'conversations');
        out.show(byteRate(rates.out), 'passed or dropped', rates.out);
        into.show(byteRate(rates.in), 'passed or dropped', rates.in);
        denied.show(packetRate(rates.denied), `${packets(dropped)} in all`, rates.denied);
        denied.raise((rates.denied ?? 0) > 0);
        map.show(carried, links);
        talkers.show(links.filter(edge => edge.rate > 0 || edge.denied > 0).slice(0, TALKERS));
        reasons.show(namespaces.flatMap(each => each.dropsByReason), reasonRates.look());
        recent.show(denials.alike().slice(0, DENIED));
      },
    };
  },
};
