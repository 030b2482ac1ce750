// SPDX-License-Identifier: Apache-2.0
// Drops and logged flows as they happen.

import { Refused } from './agent.js';
import { Denials } from './denials.js';
import { el, panel, say } from './dom.js';
import { eventTable } from './events.js';
import { FILTERS, filterForm } from './filters.js';
import { exact } from './format.js';
import { Notices } from './parts.js';

export const events = {
  title: () => 'Events',
  everyMs: 1000,

  mount(root, { parameters, keep }) {
    const filter = Object.fromEntries(FILTERS.filter(name => parameters.has(name)).map(name => [name, parameters.get(name)]));
    const table = eventTable('Events, the newest first', 'No such event is known.');
    const told = el('p', { class: 'under' });
    const notices = new Notices();
    const hold = el('button', { type: 'button', 'aria-pressed': 'false' }, 'Pause');
    let feed = new Denials(filter);
    let isHeld = false;
    hold.addEventListener('click', () => {
      isHeld = !isHeld;
      hold.setAttribute('aria-pressed', String(isHeld));
    });
    root.append(panel(filterForm(filter, now => keep(now, next => {
        feed = new Denials(next);
      })),
      el('div', { class: 'row' }, told, hold), notices.element, table.element));
    return {
      async refresh(signal) {
        const asked = feed;
        try {
          await asked.look(signal);
          notices.show([]);
        } catch (failure) {
          if (!(failure instanceof Refused && failure.isFinal)) {
            throw failure;
          }
          notices.show([{ text: failure.message, tone: 'bad' }]);
        }
        if (asked === feed && !isHeld) {
          table.show(feed.events);
          say(told, `${exact(feed.events.length)} events kept here`
            + (feed.missed > 0 ? `, ${exact(feed.missed)} came too fast to be seen` : ''));
        }
      },
    };
  },
};
