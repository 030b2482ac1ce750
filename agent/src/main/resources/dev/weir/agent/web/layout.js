// SPDX-License-Identifier: Apache-2.0
// Where things are on the map: pure, so that the same names are always at the same places.

const ROW_MOST = 92;
const ROW_LEAST = 19;
const HEIGHT_WANTED = 340;
const HEIGHT_LEAST = 230;
const BRINK = 24; // above the middle's first, below its last
const LETTER = 7.2;
const LABEL_HEIGHT = 15;
/** Half of the width of what stands in the middle. */
const PILL = 32;
/** How far the line of what is denied keeps off. */
const LIFT = 26;

/**
 * Names in two columns in this order, `outside` between them.
 *
 * `{height, row, column, letters, spots}`: the height of a row, the width of a column, how many letters of a name fit,
 * and for each name `{x, y, side}`. Who is outside stands in the middle, from the top.
 */
export function layout(names, outside, width) {
  const half = Math.ceil(names.length / 2);
  const row = Math.max(ROW_LEAST, Math.min(ROW_MOST, HEIGHT_WANTED / Math.max(1, half)));
  const height = Math.max(HEIGHT_LEAST, half * row + 8) + BRINK;
  const column = Math.min(190, width * 0.3);
  const spots = new Map();
  const stand = (part, x, side) => part.forEach((name, i) =>
    spots.set(name, { x, y: height / 2 + BRINK / 2 + (i - (part.length - 1) / 2) * row, side }));
  stand(names.slice(0, half), column, 'left');
  stand(names.slice(half), width - column, 'right');
  const step = (height - 2 * BRINK) / Math.max(1, outside.length - 1);
  outside.forEach((name, i) => spots.set(name, { x: width / 2, y: BRINK + i * step, side: 'middle' }));
  return { height, width, row, column, letters: Math.max(6, Math.floor((column - 14) / LETTER)), spots };
}

/** A curve between two names, and what it is drawn by; the one of what is denied keeps off that of what is allowed. */
export function path({ spots, width, column }, from, to, isDenied) {
  const a = spots.get(from);
  const b = spots.get(to);
  const lift = isDenied ? LIFT : 0;
  const room = width - 2 * column;
  const bend = (end, other) => {
    if (end.side === 'middle') {
      return end.x + Math.sign(other.x - end.x) * room * 0.14;
    }
    const reach = a.side === b.side ? Math.min(room * 0.42, 30 + 0.45 * Math.abs(a.y - b.y)) : room * 0.32;
    return end.x + (end.side === 'left' ? reach : -reach);
  };
  const points = [[a.x, a.y], [bend(a, b), a.y + lift], [bend(b, a), b.y + lift], [b.x, b.y]];
  const [p, q, r, s] = points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`);
  return { d: `M${p}C${q} ${r} ${s}`, points };
}

function at(points, t) {
  const u = 1 - t;
  const weights = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return [0, 1].map(axis => points.reduce((sum, point, i) => sum + weights[i] * point[axis], 0));
}

/** Of texts on lines, those for which there is room beside the ones before, with their `x` and `y`. */
export function place(lines, { width, height, column, spots }) {
  const taken = [...spots.values()].filter(spot => spot.side === 'middle')
    .map(({ x, y }) => [x - PILL, y - LABEL_HEIGHT, x + PILL, y + LABEL_HEIGHT]);
  const placed = [];
  for (const line of lines) {
    const wide = line.text.length * LETTER;
    for (const t of [0.5, 0.36, 0.64, 0.26, 0.74]) {
      const [x, y] = at(line.curve.points, t);
      const box = [x - wide / 2, y - LABEL_HEIGHT, x + wide / 2, y + 4];
      const isFree = box[0] > column + 6 && box[2] < width - column - 6 && box[1] > 0 && box[3] < height
        && taken.every(other => box[0] > other[2] || box[2] < other[0] || box[1] > other[3] || box[3] < other[1]);
      if (isFree) {
        taken.push(box);
        placed.push({ ...line, x: x.toFixed(1), y: (y - 4).toFixed(1) });
        break;
      }
    }
  }
  return placed;
}
