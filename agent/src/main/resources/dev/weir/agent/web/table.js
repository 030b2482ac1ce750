// SPDX-License-Identifier: Apache-2.0
// Tables whose rows come and go under the reader's eyes. Only a window of them is in the page, however many there are.

import { attribute, el, keyed, say, sayBreakable } from './dom.js';
import { exact } from './format.js';

const WINDOW = 50;

/**
 * A table of a caption and columns.
 *
 * A column has `title`; `text(row)`; and where wanted `value(row)` by which it is sorted, `number` (aligned to the
 * right, the largest first), `href(row)`, `tone(row)` (a class of the cell), `note(row)` (told on pointing at it),
 * `minor` (left out on narrow screens), `code` (set in the type of code),
 * `breaks` (behind each `/` and `:` where there is no room) and `whole` (never broken).
 */
export class Table {
  #columns;
  #key;
  #tone;
  #rows = [];
  #first = 0;
  #sort;
  #onSort;
  #heads = [];
  #body = el('tbody');
  #empty;
  #range = el('span', { class: 'range' });
  #back = el('button', { type: 'button' }, 'Previous');
  #on = el('button', { type: 'button' }, 'Next');
  #pages;

  /**
   * @param key of a row, which no other has
   * @param tone class of a row; may be left out
   * @param empty what to say where there is no row
   * @param sort `{column, descending}`, by the title of a column; without one rows stay in the order they come in
   * @param onSort is told the column when the reader chooses one and rows are sorted elsewhere; else null
   */
  constructor({ caption, columns, key, tone = () => null, empty = 'None.', sort = null, onSort = null }) {
    this.#columns = columns;
    this.#key = key;
    this.#tone = tone;
    this.#sort = sort;
    this.#onSort = onSort;
    this.#empty = el('p', { class: 'empty' }, empty);
    this.#pages = el('div', { class: 'pages' }, this.#range, this.#back, this.#on);
    this.#back.addEventListener('click', () => this.#turn(-WINDOW));
    this.#on.addEventListener('click', () => this.#turn(WINDOW));
    const head = el('tr', {}, ...columns.map(column => this.#head(column)));
    this.element = el('div', { class: 'table' },
      el('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
        el('table', {}, el('caption', {}, caption), el('thead', {}, head), this.#body)),
      this.#empty, this.#pages);
    this.show([]);
  }

  /** Shows these rows in place of the last. */
  show(rows) {
    this.#rows = rows;
    this.#draw();
  }

  /** Says by what the rows come sorted, where somebody else sorts them. */
  sortedBy(column) {
    this.#sort = { column, descending: true };
    this.#draw();
  }

  #head(column) {
    const cell = el('th', { scope: 'col', class: classes(column) });
    const sortable = this.#onSort === null ? column.value !== undefined : column.sort !== undefined;
    if (sortable) {
      const button = el('button', { type: 'button' }, column.title);
      button.addEventListener('click', () => this.#choose(column));
      cell.append(button);
    } else {
      cell.append(column.title);
    }
    this.#heads.push(cell);
    return cell;
  }

  #choose(column) {
    if (this.#onSort !== null) {
      this.#onSort(column.sort);
      return;
    }
    const same = this.#sort?.column === column.title;
    this.#sort = { column: column.title, descending: same ? !this.#sort.descending : column.number === true };
    this.#first = 0;
    this.#draw();
  }

  #turn(by) {
    this.#first += by;
    this.#draw();
  }

  #sorted() {
    const by = this.#columns.find(column => column.title === this.#sort?.column);
    if (this.#onSort !== null || by === undefined) {
      return this.#rows;
    }
    const way = this.#sort.descending ? -1 : 1;
    return this.#rows
      .map(row => [by.value(row) ?? -1, row])
      .sort(([a], [b]) => way * (typeof a === 'string' ? a.localeCompare(b, 'en', { numeric: true }) : a - b))
      .map(([, row]) => row);
  }

  #draw() {
    const all = this.#rows.length;
    this.#first = Math.max(0, Math.min(this.#first, Math.floor((all - 1) / WINDOW) * WINDOW));
    const last = Math.min(all, this.#first + WINDOW);
    const shown = this.#sorted().slice(this.#first, last);
    keyed(this.#body, shown, this.#key, () => this.#row(), (row, value) => this.#fill(row, value));
    this.#columns.forEach((column, i) => {
      const sorted = this.#sort !== null && this.#sort.column === (this.#onSort === null ? column.title : column.sort);
      attribute(this.#heads[i], 'aria-sort', !sorted ? null : this.#sort.descending ? 'descending' : 'ascending');
    });
    this.#empty.hidden = all > 0;
    this.#pages.hidden = all <= WINDOW;
    this.#back.disabled = this.#first === 0;
    this.#on.disabled = last === all;
    say(this.#range, `${exact(Math.min(this.#first + 1, all))}–${exact(last)} of ${exact(all)}`);
  }

  #row() {
    return el('tr', {}, ...this.#columns.map((column, i) =>
      el(i === 0 ? 'th' : 'td', { scope: i === 0 ? 'row' : null }, ...(column.href === undefined ? [] : [el('a')]))));
  }

  #fill(row, value) {
    attribute(row, 'class', this.#tone(value));
    this.#columns.forEach((column, i) => {
      const cell = row.children[i];
      attribute(cell, 'class', [classes(column), column.tone?.(value)].filter(Boolean).join(' ') || null);
      attribute(cell, 'title', column.note?.(value) ?? null);
      const href = column.href?.(value) ?? null;
      const link = cell.querySelector('a');
      if (link !== null) {
        attribute(link, 'href', href);
      }
      (column.breaks ? sayBreakable : say)(link ?? cell, column.text(value));
    });
  }
}

function classes(column) {
  return [column.number && 'number', column.minor && 'minor', column.code && 'code', column.whole && 'whole'].filter(Boolean).join(' ') || null;
}
