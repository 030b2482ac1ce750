// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them, each with its unit; as the commands of Weir write them.

const NONE = '–';
const BYTES = [' B', ' KiB', ' MiB', ' GiB', ' TiB', ' PiB', ' EiB'];
const COUNTS = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

function scaled(value, base, units) {
  let unit = 0;
  let rest = value;
  while (rest >= base - 0.5 && unit < units.length - 1) {
    rest /= base;
    unit++;
  }
  const whole = unit === 0 ? rest >= 9.95 || Number.isInteger(rest) : rest >= 99.95;
  return (whole ? String(Math.round(rest)) : rest.toFixed(1)) + units[unit];
}

/** In powers of 1,024: `512 B`, `1.5 KiB`. */
export const bytes = value => scaled(value, 1024, BYTES);

/** In powers of 1,000: `512`, `1.5k`. */
export const count = value => scaled(value, 1000, COUNTS);

/** All digits, grouped. */
export const exact = value => value.toLocaleString('en');

/** Of bytes; nothing is known before the second look. */
export const byteRate = value => value === null ? NONE : bytes(value) + '/s';

/** Of packets. */
export const packetRate = value => value === null ? NONE : count(value) + ' pkt/s';

export const packets = value => count(value) + ' pkt';

/** The two largest units: `5s`, `2m 5s`, `1h 2m`, `3d 4h`. */
export function age(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) {
    return `${s}s`;
  }
  if (s < 3600) {
    return `${Math.floor(s / 60)}m ${s % 60}s`;
  }
  if (s < 86400) {
    return `${Math.floor(s / 3600)}h ${Math.floor(s / 60) % 60}m`;
  }
  return `${Math.floor(s / 86400)}d ${Math.floor(s / 3600) % 24}h`;
}

/** Of an RFC 3339 time or a Date, in the reader's zone. */
export const clock = time => time === null ? NONE : new Date(time).toLocaleTimeString('en-GB');

/** As `clock`, with the day. */
export const moment = time => time === null ? NONE
  : `${new Date(time).toLocaleDateString('en-CA')} ${clock(time)}`;

/** `10.0.0.2:80`, `[2001:db8::2]:80`; without a port where there is none. */
export function socket(address, port) {
  if (address === null) {
    return NONE;
  }
  if (!port) {
    return address;
  }
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** What the hash of policies is told by. */
export const shortHash = hash => hash === null ? NONE : hash.slice(0, 12);

/** `blue-web/ingress/web`, `unselected/ingress`, or why it was dropped. */
export function ruleName(policy, direction, rule, reason) {
  if (rule === null || rule === '') {
    return reason ?? NONE;
  }
  if (policy === '') {
    return rule === 'other' ? rule : `${rule}/${direction}`;
  }
  return `${policy}/${direction}/${rule}`;
}
