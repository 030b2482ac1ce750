// SPDX-License-Identifier: Apache-2.0
// The policies in force, what is wrong with the files that should replace them, and the rules of one.

import { ask } from './agent.js';
import { el, panel } from './dom.js';
import { exact, moment, packets, shortHash } from './format.js';
import { Facts, Notices } from './parts.js';
import { RuleTable } from './rules.js';
import { Table } from './table.js';

function place({ file, line, column }) {
  return [file, ...[line, column].filter(number => number > 0)].join(':');
}

function told(errors, tone) {
  return errors.map(error => ({ text: `${place(error)}: ${error.message}`, tone }));
}

function selects({ namespaces, labels, devices }) {
  return [...namespaces, ...Object.entries(labels).map(([key, value]) => `${key}=${value}`), ...devices.map(name => `device ${name}`)]
    .join(', ');
}

const decided = policy => policy.rules.reduce((sum, rule) => sum + rule.packets, 0);
const unused = policy => policy.rules.filter(rule => rule.packets === 0).length;

function policyTable() {
  return new Table({
    caption: 'Policies in force, in the order of judgement',
    empty: 'There is no policy: what weir.yaml says for `unselected` holds.',
    key: each => each.name,
    columns: [
      { title: 'Policy', text: each => each.name, href: each => `#/policies/${encodeURIComponent(each.name)}` },
      { title: 'Priority', number: true, value: each => each.priority, text: each => exact(each.priority) },
      { title: 'Mode', value: each => each.mode, text: each => each.mode, tone: each => each.mode === 'audit' ? 'verdict audit' : null },
      { title: 'Selects', code: true, text: selects },
      { title: 'Rules', number: true, value: each => each.rules.length, text: each => exact(each.rules.length) },
      { title: 'Unused', number: true, value: unused, text: each => exact(unused(each)), tone: each => unused(each) > 0 ? 'never' : null },
      { title: 'Decided', number: true, value: decided, text: each => packets(decided(each)) },
      { title: 'On change', minor: true, text: each => each.onChange },
      { title: 'Hash', code: true, minor: true, text: each => shortHash(each.hash), note: each => each.hash },
      { title: 'File', code: true, minor: true, text: each => each.file },
    ],
  });
}

export const policies = {
  title: ({ name }) => name === null ? 'Policies' : `Policy ${name}`,
  everyMs: 5000,

  mount(root, { name }) {
    const notices = new Notices();
    const facts = new Facts();
    const table = name === null ? policyTable() : new RuleTable('Its rules, and what they decided in all namespaces', 'It has no rules.', true);
    root.append(notices.element, facts.element, panel(table.element));
    if (name !== null) {
      root.append(el('p', { class: 'under' }, el('a', { href: '#/policies' }, 'All policies')));
    }
    return {
      async refresh(signal) {
        const page = await ask('policies', {}, signal);
        const refused = page.errors.length === 0 ? []
          : [{ text: `The policy directory is refused; generation ${page.generation} stays in force:`, tone: 'bad' }];
        const shown = name === null ? page.policies : page.policies.filter(policy => policy.name === name);
        table.show(shown);
        const gone = name !== null && shown.length === 0 ? [{ text: `There is no policy ${name}.`, tone: 'doubtful' }] : [];
        notices.show([...refused, ...told(page.errors, 'bad'), ...told(page.warnings, 'doubtful'), ...gone]);
        const policy = name === null ? null : shown[0] ?? null;
        facts.show({
          Generation: String(page.generation),
          Hash: policy === null ? page.hash : policy.hash,
          'In force since': moment(page.appliedAt),
          File: policy?.file ?? null,
          Priority: policy === null ? null : String(policy.priority),
          Mode: policy?.mode ?? null,
          'On change': policy?.onChange ?? null,
          Selects: policy === null ? null : selects(policy),
        });
      },
    };
  },
};
