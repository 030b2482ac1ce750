// SPDX-License-Identifier: Apache-2.0
// The token that an agent may ask for. It is kept for this tab, until that is closed.

import { el } from './dom.js';

const KEY = 'weir-token';

/** What a request has to carry. */
export function credentials() {
  const token = sessionStorage.getItem(KEY);
  return token === null ? {} : { authorization: `Bearer ${token}` };
}

/** Asks for the token, and calls `again` when there is one to be tried. */
export function tokenForm(again) {
  const field = el('input', { type: 'password', id: 'token', required: true, autocomplete: 'off', spellcheck: 'false' });
  const wrong = sessionStorage.getItem(KEY) !== null;
  const form = el('form', { class: 'panel token' },
    el('h2', {}, 'This agent answers who shows its token'),
    el('p', { role: 'alert' }, wrong ? 'It does not take the one that it was shown.' : ''),
    el('label', { for: 'token' }, 'Token, from the file `token-file` of weir.yaml'),
    field,
    el('button', { type: 'submit' }, 'Show it'));
  form.addEventListener('submit', event => {
    event.preventDefault(); // nothing is sent but by asking again
    sessionStorage.setItem(KEY, field.value.replaceAll(/[^!-~]/g, '')); // a header takes no more
    again();
  });
  return { form, focus: () => field.focus() };
}
