// SPDX-License-Identifier: Apache-2.0
// The filters of flows and events: a form whose fields are the parameters of the API, kept in the address of the page.

import { el } from './dom.js';

const TYPING_MS = 400;
const FIELDS = [
  ['namespace', 'Namespace', 'blue, tenant-*'],
  ['peer', 'Peer', '10.0.0.0/8'],
  ['service', 'Service', 'tcp/443'],
];
const VERDICTS = ['', 'allow', 'deny', 'reject', 'audit'];

/** The parameters that the form has; others of an address are dropped. */
export const FILTERS = [...FIELDS.map(([name]) => name), 'verdict'];

/**
 * A form for these filters.
 *
 * @param initial the values that it starts with, by name
 * @param changed is told the values that are not empty, once typing pauses
 */
export function filterForm(initial, changed) {
  const fields = FIELDS.map(([name, title, example]) => el('label', {}, title, el('input', {
    name, value: initial[name] ?? '', placeholder: example, autocomplete: 'off', spellcheck: 'false', maxlength: '1024',
  })));
  const verdict = el('label', {}, 'Verdict', el('select', { name: 'verdict' }, ...VERDICTS.map(value =>
    el('option', { value, selected: value === (initial.verdict ?? '') }, value === '' ? 'any' : value))));
  const clear = el('button', { type: 'reset' }, 'Clear');
  const form = el('form', { class: 'filters', role: 'search' }, ...fields, verdict, clear);
  let typing;
  const tell = () => {
    clearTimeout(typing);
    changed(Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, value.trim()])
      .filter(([, value]) => value !== '')));
  };
  form.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(tell, TYPING_MS);
  });
  form.addEventListener('submit', event => {
    event.preventDefault();
    tell();
  });
  form.addEventListener('reset', event => {
    event.preventDefault();
    for (const field of form.querySelectorAll('input, select')) {
      field.value = '';
    }
    tell();
  });
  return form;
}
