// SPDX-License-Identifier: Apache-2.0
// Events as rows.

import { namespaceHref } from './dom.js';
import { clock, count, exact, moment, ruleName, socket } from './format.js';
import { verdictTone } from './parts.js';
import { Table } from './table.js';

const ARROWS = { egress: '→', ingress: '←' };

const TIME = { title: 'Time', whole: true, text: event => clock(event.at), note: event => moment(event.at) };
const NAMESPACE = {
  title: 'Namespace',
  text: ({ packet }) => packet === null ? 'agent' : packet.namespace || '–',
  href: ({ packet }) => packet === null || packet.namespace === '' ? null : namespaceHref(packet.namespace),
};
const PEER = {
  title: 'Peer',
  code: true,
  text: ({ packet }) => packet === null ? '' : `${ARROWS[packet.direction]}\u00a0${packet.outsideAddress ?? '–'}`,
  tone: ({ packet }) => packet?.outsideAddress?.includes('.') ? 'whole' : null,
  note: ({ packet }) => packet === null ? null
    : `${packet.direction === 'egress' ? 'out of' : 'into'} the namespace at ${packet.device}: inside ${
      socket(packet.insideAddress, packet.insidePort)}, outside ${socket(packet.outsideAddress, packet.outsidePort)}`,
};
const SERVICE = { title: 'Service', code: true, whole: true, text: ({ packet }) => packet?.service ?? packet?.protocol ?? '' };
const BY = {
  title: 'By',
  code: true,
  breaks: true,
  text: ({ packet, text }) => packet === null ? text : ruleName(packet.policy, packet.opener, packet.rule, packet.reason),
  note: ({ packet }) => packet?.file ? `${packet.file}:${packet.line}` : null,
};
const VERDICT = {
  title: 'Verdict',
  text: ({ packet }) => packet === null ? '' : packet.reason === null || packet.reason === 'policy' ? packet.verdict
    : `${packet.verdict}, ${packet.reason}`,
  tone: ({ packet }) => packet === null ? null : verdictTone(packet.verdict),
};
const PLACE = { title: 'Place', code: true, breaks: true, minor: true, text: ({ packet }) => packet?.file ? `${packet.file}:${packet.line}` : '' };
const LOST = { title: 'Not told', number: true, minor: true, text: ({ lost }) => lost === 0 ? '' : `${lost} more` };

/** A column of events, of the last of drops that are alike. */
function ofLast(column) {
  const last = { ...column };
  for (const what of ['text', 'href', 'note', 'tone']) {
    if (column[what] !== undefined) {
      last[what] = group => column[what](group.event);
    }
  }
  return last;
}

const COUNTED = { title: 'Packets', number: true, text: group => count(group.packets), note: group => exact(group.packets) };
const LAST = { ...TIME, title: 'Last' };

/**
 * Drops that are alike, of [Denials], in few columns.
 *
 * @param isOfOne whether all are of one namespace
 */
export const dropTable = (caption, empty, isOfOne) => new Table({
  caption, empty, key: group => group.id,
  columns: [...(isOfOne ? [LAST] : [NAMESPACE]), PEER, SERVICE, BY].map(ofLast).concat(COUNTED),
});

/** Events in all columns. */
export const eventTable = (caption, empty) => new Table({
  caption, empty, key: event => event.number, columns: [TIME, NAMESPACE, VERDICT, PEER, SERVICE, BY, PLACE, LOST],
});
