// SPDX-License-Identifier: Apache-2.0
// Small parts that several views have: figures, bars, lines of the last values, facts.

import { attribute, el, keyed, say, svg } from './dom.js';
import { exact, packetRate, packets } from './format.js';
import { History } from './rates.js';

const KEPT = 30;
const WIDTH = 120;
const HEIGHT = 28;

/** A figure with its name, and where `line` is set the line of its last values. */
export class Figure {
  #value = el('dd', { class: 'value' });
  #note = el('dd', { class: 'note' });
  #path = null;
  #history = new History(KEPT);

  constructor(name, { line = false, tone = null } = {}) {
    this.element = el('div', { class: ['figure', tone].filter(Boolean).join(' ') },
      el('dt', {}, name), this.#value, this.#note);
    if (line) {
      this.#path = svg('polyline', { points: '' });
      this.element.append(el('dd', { class: 'line', 'aria-hidden': 'true' },
        svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none' }, this.#path)));
    }
  }

  /** @param number for the line; null where it is not known yet */
  show(text, note = '', number = null) {
    say(this.#value, text);
    say(this.#note, note);
    if (this.#path !== null && number !== null) {
      this.#history.add(number);
      attribute(this.#path, 'points', points(this.#history.values));
    }
    return this;
  }

  /** Whether the figure asks to be looked at. */
  raise(raised) {
    this.element.classList.toggle('raised', raised);
  }
}

function points(values) {
  const top = Math.max(1, ...values);
  const step = WIDTH / (KEPT - 1);
  const start = WIDTH - step * (values.length - 1);
  return values
    .map((value, i) => `${(start + i * step).toFixed(1)},${(HEIGHT - 2 - (HEIGHT - 4) * value / top).toFixed(1)}`)
    .join(' ');
}

/** Figures beside each other. */
export const figures = (...all) => el('dl', { class: 'figures' }, ...all.map(figure => figure.element));

/** Names and what is known under them; what is null is left out. */
export class Facts {
  element = el('dl', { class: 'facts' });

  show(facts) {
    keyed(this.element, Object.entries(facts).filter(([, text]) => text !== null && text !== ''), ([name]) => name,
      ([name]) => el('div', {}, el('dt', {}, name), el('dd')),
      (fact, [, text]) => say(fact.lastElementChild, text));
  }
}

const REASONS = {
  policy: 'a rule or a default said so',
  spoof: 'from an address that the namespace does not hold',
  malformed: 'cut short, or lengths or flags that lie',
  fragment: 'a fragment whose first was not seen, where ports decide',
  'extension-headers': 'more IPv6 extension headers than are looked at',
  l2: 'an ethertype that is not let pass',
  quota: 'the namespace has as many flows as it may',
  rate: 'the namespace opened flows faster than it may',
};

/** Drops by reason, the most now first; rates are those of `rates`, a look of [Rates] that was begun. */
export class Reasons {
  #list = el('ul', { class: 'bars' });
  #none = el('p', { class: 'empty' }, 'Nothing was dropped yet.');
  element = el('div', {}, this.#list, this.#none);

  /** @param drops `{reason, packets}`, a reason as often as it likes */
  show(drops, rates) {
    const sums = new Map();
    for (const { reason, packets: more } of drops) {
      sums.set(reason, (sums.get(reason) ?? 0) + more);
    }
    const rows = [...sums].map(([reason, total]) => ({ reason, total, rate: rates.of(`reason ${reason}`, total) }));
    rows.sort((a, b) => (b.rate ?? 0) - (a.rate ?? 0) || b.total - a.total);
    const top = Math.max(1, ...rows.map(row => row.total));
    this.#none.hidden = rows.length > 0;
    keyed(this.#list, rows, row => row.reason, bar, (item, { reason, total, rate }) => {
      const [name, figure, track] = item.children;
      say(name, reason);
      say(figure, `${packetRate(rate)} · ${packets(total)} in all`);
      attribute(item, 'title', `${exact(total)} packets: ${REASONS[reason] ?? reason}`);
      item.classList.toggle('now', (rate ?? 0) > 0);
      track.firstElementChild.style.setProperty('--part', total / top);
    });
  }
}

const bar = () => el('li', {}, el('span', { class: 'name' }), el('span', { class: 'of' }),
  el('span', { class: 'track', 'aria-hidden': 'true' }, el('span')));

/** The words of a verdict stand beside its colour. */
export const verdictTone = verdict => `verdict ${verdict}`;

/** Sentences that must be read. */
export class Notices {
  element = el('ul', { class: 'notices' });

  /** @param notices `{text, tone}`, tone `bad` or `doubtful` */
  show(notices) {
    this.element.hidden = notices.length === 0;
    keyed(this.element, notices, notice => notice.text, () => el('li'), (item, { text, tone }) => {
      attribute(item, 'class', tone);
      say(item, text);
    });
  }
}
