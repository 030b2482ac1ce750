// SPDX-License-Identifier: Apache-2.0
// Rates out of totals that only grow.

/** Remembers the totals of the last look, and of no more. */
export class Rates {
  #before = new Map();
  #beforeAt = 0;
  #now = new Map();
  #nowAt = 0;

  /** Begins a look; what the last one did not ask about is forgotten. */
  look(milliseconds = performance.now()) {
    this.#before = this.#now;
    this.#beforeAt = this.#nowAt;
    this.#now = new Map();
    this.#nowAt = milliseconds;
    return this;
  }

  /** What `total` grew by in a second since the last look; null if it was not there, or was counted anew since. */
  of(key, total) {
    this.#now.set(key, total);
    const before = this.#before.get(key);
    const seconds = (this.#nowAt - this.#beforeAt) / 1000;
    return before === undefined || total < before || seconds <= 0 ? null : (total - before) / seconds;
  }
}

/** The last values of something, for a line. */
export class History {
  #values = [];

  constructor(most) {
    this.most = most;
  }

  add(value) {
    this.#values.push(value);
    if (this.#values.length > this.most) {
      this.#values.shift();
    }
  }

  get values() {
    return this.#values;
  }
}
