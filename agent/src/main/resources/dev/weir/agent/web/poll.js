// SPDX-License-Identifier: Apache-2.0
// Asks again and again, politely.

const FIRST_REST_MS = 1000;
const LONGEST_REST_MS = 60000;
const LONGEST_RETRY_MS = 30000;
/** The agent works for us a tenth of the time at most. */
const REST_FOR_WORK = 9;

/**
 * Calls `work` over and over: never while it still runs, never while nobody sees the page, later after failures, and
 * later where it takes long.
 *
 * `told.succeeded()` and `told.failed(error, milliseconds until the next attempt)` say how it goes.
 */
export class Poll {
  #ending = new AbortController();
  #wake = () => {};
  #hurried = false;

  constructor(work, everyMs, told) {
    this.#loop(work, everyMs, told);
  }

  stop() {
    this.#ending.abort();
    this.#wake();
  }

  /** Does not wait any longer before the next call. */
  now() {
    this.#hurried = true;
    this.#wake();
  }

  async #loop(work, everyMs, told) {
    const signal = this.#ending.signal;
    let failures = 0;
    let rest = FIRST_REST_MS; // rates want a second look soon
    while (!signal.aborted) {
      await this.#untilSeen();
      const began = performance.now();
      let wait;
      this.#hurried = false;
      try {
        await work(signal);
        const took = performance.now() - began;
        wait = Math.min(LONGEST_REST_MS, Math.max(rest, REST_FOR_WORK * took));
        rest = everyMs;
        failures = 0;
        if (!signal.aborted) {
          told.succeeded();
        }
      } catch (failure) {
        failures++;
        wait = Math.min(LONGEST_RETRY_MS, 1000 * 2 ** Math.min(failures, 10));
        if (!signal.aborted) {
          told.failed(failure, wait);
        }
      }
      if (!signal.aborted && !this.#hurried) {
        await this.#sleep(wait);
      }
    }
  }

  #sleep(milliseconds) {
    return new Promise(resolve => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #untilSeen() {
    if (!document.hidden) {
      return Promise.resolve();
    }
    return new Promise(resolve => {
      const seen = () => {
        document.removeEventListener('visibilitychange', seen);
        resolve();
      };
      document.addEventListener('visibilitychange', seen);
      this.#wake = seen;
    });
  }
}
