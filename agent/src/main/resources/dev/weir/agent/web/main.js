// SPDX-License-Identifier: Apache-2.0
// The page around the views: which one the address names, how the agent is, when it answered last.

import { Refused, readiness } from './agent.js';
import { attribute, el, say } from './dom.js';
import { clock } from './format.js';
import { Poll } from './poll.js';
import { tokenForm } from './token.js';
import { events } from './view-events.js';
import { flows } from './view-flows.js';
import { health } from './view-health.js';
import { namespacePage } from './view-namespace.js';
import { namespaces } from './view-namespaces.js';
import { overview } from './view-overview.js';
import { policies } from './view-policies.js';

const VIEWS = { '': overview, namespaces, flows, events, policies, health };
const READINESS_EVERY_MS = 4000;
const STATES = {
  'enforcing': 'Enforcing',
  'enforcing-older': 'Enforcing an older generation',
  'not-enforcing': 'Not enforcing',
};
const MOST_REASONS = 3;

const main = document.getElementById('main');
const state = document.getElementById('state');
const update = document.getElementById('update');
let poll = null;
let isFirst = true;
let readAt = -Infinity; // when the state was shown last

/** What an address names: `#/namespaces/blue?…`. */
function route() {
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?', 2);
  const [view, name = ''] = path.split('/', 2);
  return { view, name: name === '' ? null : decoded(name), parameters: new URLSearchParams(query) };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a broken address names nothing that there is
  }
}

function open() {
  const { view, name, parameters } = route();
  const chosen = view === 'namespaces' && name !== null ? namespacePage : VIEWS[view] ?? overview;
  poll?.stop();
  const title = chosen.title({ name });
  document.title = `${title} – Weir`;
  for (const link of document.querySelectorAll('#views a')) {
    const isHere = link.getAttribute('href') === `#/${view}`;
    attribute(link, 'aria-current', isHere ? 'page' : null);
    if (isHere) {
      link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
  }
  const heading = el('h1', { tabindex: '-1' }, title);
  main.replaceChildren(heading);
  const mounted = chosen.mount(main, { name, parameters, again: () => poll.now(), keep: keeper(view) });
  poll = new Poll(async signal => {
    if (performance.now() - readAt > READINESS_EVERY_MS) {
      showState(await readiness(signal));
      readAt = performance.now();
    }
    await mounted.refresh(signal);
  }, chosen.everyMs, { succeeded, failed });
  if (!isFirst) {
    heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }
  isFirst = false;
}

/** Keeps what a reader chose in the address, without a new view or another step back. */
function keeper(view) {
  return (filter, changed, more = {}) => {
    const query = new URLSearchParams({ ...filter, ...more }).toString();
    history.replaceState(null, '', `#/${view}${query === '' ? '' : `?${query}`}`);
    changed(filter);
    poll.now();
  };
}

function showState({ state: word, generation, why }) {
  const more = why.length > MOST_REASONS ? ` … and ${why.length - MOST_REASONS} more` : '';
  attribute(state, 'class', `state ${word}`);
  say(state, [`${STATES[word] ?? word}, generation ${generation}`, why.slice(0, MOST_REASONS).join('; ') + more]
    .filter(Boolean).join(': '));
}

function succeeded() {
  attribute(update, 'class', 'update');
  say(update, `last update ${clock(new Date())}`);
  update.dataset.at = clock(new Date());
}

function failed(failure, retryMs) {
  readAt = -Infinity;
  if (failure instanceof Refused && failure.wantsToken) {
    askForToken();
    return;
  }
  const since = update.dataset.at === undefined ? '' : ` since ${update.dataset.at}; what is shown is from then`;
  attribute(state, 'class', 'state silent');
  say(state, `The agent does not answer${since}: ${failure.message}`);
  attribute(update, 'class', 'update late');
  say(update, `next attempt in ${Math.round(retryMs / 1000)} s`);
}

function askForToken() {
  poll.stop();
  const { form, focus } = tokenForm(open);
  main.replaceChildren(form);
  attribute(state, 'class', 'state silent');
  say(state, '');
  attribute(update, 'class', 'update late');
  say(update, 'waiting for the token');
  focus();
}

document.getElementById('skip').addEventListener('click', event => {
  event.preventDefault(); // the part of the address behind # names views
  main.focus();
});
addEventListener('hashchange', open);
open();
