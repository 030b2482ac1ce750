// SPDX-License-Identifier: Apache-2.0
// Elements. Text only ever becomes a text node: names come from tenants.

const SVG = 'http://www.w3.org/2000/svg';

/** What `keyed` made, by parent. */
const made = new WeakMap();

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  element.append(...children);
  return element;
}

/** An element of HTML; children are elements or strings. */
export function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** An element of SVG. */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

/** Sets the text, if it is another one: whoever reads or selects it is not disturbed without need. */
export function say(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

/** As `say`, of what may be broken behind `/` and `:` where there is no room for the whole. */
export function sayBreakable(element, text) {
  if (element.textContent !== text) {
    element.replaceChildren(...text.split(/(?<=[/:])/).flatMap((part, i) => i === 0 ? [part] : [el('wbr'), part]));
  }
}

/** Sets an attribute, if it is another one; null takes it away. */
export function attribute(element, name, value) {
  if (value === null) {
    element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, String(value));
  }
}

/** Makes `parent` hold one child for each item, in this order, and keeps the elements that it has for them. */
export function keyed(parent, items, key, make, update) {
  const old = made.get(parent) ?? new Map();
  const wanted = new Set(items.map(key));
  for (const [id, child] of old) {
    if (!wanted.has(id)) {
      child.remove();
    }
  }
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  const now = new Map();
  let place = parent.firstElementChild;
  for (const item of items) {
    const id = key(item);
    if (now.has(id)) {
      continue;
    }
    const child = old.get(id) ?? make(item);
    now.set(id, child);
    update(child, item);
    if (child === place) {
      place = place.nextElementSibling;
    } else {
      parent.insertBefore(child, place);
    }
  }
  if (focused !== null && focused !== document.activeElement && parent.contains(focused)) {
    focused.focus({ preventScroll: true }); // it was moved, which takes the focus away
  }
  made.set(parent, now);
}

/** Where a namespace has its page. */
export const namespaceHref = name => `#/namespaces/${encodeURIComponent(name)}`;

/** Flows that a filter lets pass. */
export const flowsHref = filter => `#/flows?${new URLSearchParams(filter)}`;

/** The only part of a view. */
export const panel = (...children) => el('div', { class: 'panel' }, ...children);

/** A headed part of a view. */
export function section(title, ...children) {
  const id = `section-${title.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;
  return el('section', { class: 'panel', 'aria-labelledby': id }, el('h2', { id }, title), ...children);
}
