// SPDX-License-Identifier: Apache-2.0
// The map: namespaces in two columns, who is no namespace between them, and a line for each two that talk.

import { attribute, el, keyed, namespaceHref, say, svg } from './dom.js';
import { endName } from './edges.js';
import { byteRate, packetRate } from './format.js';
import { layout, path, place } from './layout.js';

const MOST_NAMESPACES = 60;
const MOST_EDGES = 60;
const LABELLED_EDGES = 16;
/** So many edges are still told apart if they are broad. */
const FEW_EDGES = 24;
/** Who is shown stays until another one is that much busier: the map is to be quiet. */
const STAYING = 2;


/** Stands for all namespaces that are not shown. */
const OTHERS = '/others';

/** A live map that is as wide as its place. */
export class TalkMap {
  #edges = svg('g', { class: 'edges' });
  #nodes = svg('g', { class: 'nodes' });
  #labels = svg('g', { class: 'labels', 'aria-hidden': 'true' });
  #drawing = svg('svg', { class: 'map', role: 'group', 'aria-label': 'Who talks to whom' },
    this.#edges, this.#labels, this.#nodes);
  #shown = new Set();
  #last = null;
  #looked = null; // the node that is pointed at or focused

  element = el('div', { class: 'map-place' }, this.#drawing);

  constructor() {
    new ResizeObserver(() => this.#draw()).observe(this.element);
    for (const event of ['pointerover', 'focusin']) {
      this.#nodes.addEventListener(event, ({ target }) => this.#look(target.closest('[data-name]')?.dataset.name ?? null));
    }
    for (const event of ['pointerleave', 'focusout']) {
      this.#nodes.addEventListener(event, () => this.#look(null));
    }
  }

  /**
   * @param namespaces `{name, out, in, denied}`: bytes a second, and packets a second
   * @param edges of [Edges]
   */
  show(namespaces, edges) {
    const names = this.#busiest(namespaces);
    const known = new Set(namespaces.map(namespace => namespace.name));
    const nodes = namespaces.filter(namespace => names.has(namespace.name))
      .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
    const rest = namespaces.filter(namespace => !names.has(namespace.name));
    if (rest.length > 0) {
      nodes.push({ name: OTHERS, count: rest.length, out: sum(rest, 'out'), in: sum(rest, 'in'), denied: sum(rest, 'denied') });
    }
    const called = name => names.has(name) || !known.has(name) ? name : OTHERS;
    const folded = fold(edges, called);
    const outside = [...new Set(folded.flatMap(({ from, to }) => [from, to]))].filter(name => name !== OTHERS && !known.has(name));
    this.#last = { nodes, outside: outside.sort(), edges: folded.slice(0, MOST_EDGES) };
    this.#draw();
  }

  #busiest(namespaces) {
    const score = ({ name, out, in: into, denied }) =>
      ((out ?? 0) + (into ?? 0) + 100 * (denied ?? 0) + 1) * (this.#shown.has(name) ? STAYING : 1);
    const most = namespaces.length <= MOST_NAMESPACES ? namespaces
      : [...namespaces].sort((a, b) => score(b) - score(a)).slice(0, MOST_NAMESPACES);
    this.#shown = new Set(most.map(namespace => namespace.name));
    return this.#shown;
  }

  #draw() {
    const width = this.element.clientWidth;
    if (this.#last === null || width === 0) {
      return;
    }
    const { nodes, outside, edges } = this.#last;
    const plan = layout(nodes.map(node => node.name), outside, width);
    attribute(this.#drawing, 'viewBox', `0 0 ${width} ${plan.height}`);
    attribute(this.#drawing, 'height', plan.height);
    const lines = edges.filter(edge => plan.spots.has(edge.from) && plan.spots.has(edge.to))
      .flatMap(edge => [
        { ...edge, key: `${edge.id} allowed`, isDenied: false },
        ...(edge.denied > 0 ? [{ ...edge, key: `${edge.id} denied`, isDenied: true }] : []),
      ])
      .map(line => ({ ...line, curve: path(plan, line.from, line.to, line.isDenied) }));
    keyed(this.#edges, lines, line => line.key, () => svg('path', { fill: 'none' }, svg('title')),
      (element, line) => drawLine(element, line, lines.length > FEW_EDGES));
    keyed(this.#nodes, [...nodes, ...outside.map(name => ({ name, isOutside: true }))], node => node.name, makeNode,
      (element, node) => drawNode(element, node, plan));
    const told = place(lines.filter(line => line.isDenied || line.rate > 0).slice(0, LABELLED_EDGES)
      .map(line => ({ ...line, text: line.isDenied ? `${packetRate(line.denied)} denied` : byteRate(line.rate) })), plan);
    keyed(this.#labels, told, label => label.key, () => svg('text'), (text, label) => {
      attribute(text, 'x', label.x);
      attribute(text, 'y', label.y);
      attribute(text, 'class', label.isDenied ? 'denied' : 'allowed');
      text.dataset.ends = JSON.stringify([label.from, label.to]);
      say(text, label.text);
    });
    this.#look(this.#looked);
  }

  /** Lets the lines of one step forward. */
  #look(name) {
    this.#looked = name;
    this.#drawing.classList.toggle('looking', name !== null);
    for (const line of [...this.#edges.children, ...this.#labels.children]) {
      line.classList.toggle('seen', name !== null && JSON.parse(line.dataset.ends).includes(name));
    }
  }
}

function sum(all, what) {
  return all.reduce((total, each) => total + (each[what] ?? 0), 0);
}

/** The edges of all that are not shown are those of one. */
function fold(edges, called) {
  const folded = new Map();
  for (const edge of edges) {
    const [from, to] = [called(edge.from), called(edge.to)].sort();
    if (from !== to) {
      const id = JSON.stringify([from, to]);
      const known = folded.get(id) ?? { id, from, to, rate: 0, denied: 0 };
      known.rate += edge.rate;
      known.denied += edge.denied;
      folded.set(id, known);
    }
  }
  return [...folded.values()].sort((a, b) => (b.denied > 0) - (a.denied > 0) || b.rate - a.rate);
}

function drawLine(element, line, isCrowded) {
  attribute(element, 'd', line.curve.d);
  attribute(element, 'class', line.isDenied ? 'denied' : line.rate > 0 ? 'allowed' : 'idle');
  const width = line.isDenied ? 1.5 + Math.log10(1 + line.denied) : 1 + 0.9 * Math.log10(1 + line.rate / 100);
  attribute(element, 'stroke-width', (isCrowded ? Math.min(3, width / 2) : Math.min(8, width)).toFixed(1));
  element.dataset.ends = JSON.stringify([line.from, line.to]);
  const what = line.isDenied ? `${packetRate(line.denied)} denied` : byteRate(line.rate);
  say(element.firstElementChild, `${endName(line.from)} and ${endName(line.to)}: ${what}`);
}

function makeNode(node) {
  const inside = [svg('title'), svg('rect', { rx: 6 }), svg('circle', { r: 4.5 }),
    svg('text', { class: 'name' }), svg('text', { class: 'rate' })];
  const isLink = !node.isOutside;
  const element = svg(isLink ? 'a' : 'g', {
    'data-name': node.name,
    href: !isLink ? null : node.count === undefined ? namespaceHref(node.name) : '#/namespaces',
  }, ...inside);
  return element;
}

function drawNode(element, node, plan) {
  const { x, y, side } = plan.spots.get(node.name);
  const [title, rect, circle, name, rate] = element.children;
  const isDenied = (node.denied ?? 0) > 0;
  attribute(element, 'class', ['node', side, isDenied && 'denying'].filter(Boolean).join(' '));
  attribute(circle, 'cx', x);
  attribute(circle, 'cy', y);
  const called = node.count === undefined ? endName(node.name) : `${node.count} others`;
  const short = called.length > plan.letters ? `${called.slice(0, plan.letters - 1)}…` : called;
  say(name, short);
  const figures = node.isOutside ? '' : node.out === null ? '' : `↑ ${byteRate(node.out)}  ↓ ${byteRate(node.in)}`;
  say(title, [called, figures, isDenied ? `${packetRate(node.denied)} dropped` : ''].filter(Boolean).join(' · '));
  if (side === 'middle') {
    const wide = 22 + 7.2 * short.length;
    const box = { x: x - wide / 2, y: y - 13, width: wide, height: 26 };
    Object.entries(box).forEach(([key, value]) => attribute(rect, key, value));
    attribute(name, 'x', x);
    attribute(name, 'y', y + 4.5);
    return;
  }
  const text = side === 'left' ? x - 12 : x + 12;
  const isRoomy = plan.row >= 34;
  const box = { x: side === 'left' ? 2 : x - 9, y: y - plan.row / 2 + 1, width: plan.column + 7, height: plan.row - 2 };
  Object.entries(box).forEach(([key, value]) => attribute(rect, key, value));
  attribute(name, 'x', text);
  attribute(name, 'y', isRoomy ? y - 2 : y + 4);
  attribute(rate, 'x', text);
  attribute(rate, 'y', y + 13);
  say(rate, isRoomy ? figures : '');
}
