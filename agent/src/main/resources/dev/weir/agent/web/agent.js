// SPDX-License-Identifier: Apache-2.0
// Asks the agent that this page came from.

import { credentials } from './token.js';

const PATIENCE_MS = 15000;

/** The agent answered that it will not: a query is wrong, or it is busy. */
export class Refused extends Error {
  constructor(status, problem) {
    super([problem.detail ?? `HTTP status ${status}`, ...(problem.errors ?? [])].join(': '));
    this.status = status;
  }

  /** Whether the agent wants to be shown its token first. */
  get wantsToken() {
    return this.status === 401;
  }

  /** Whether asking again the same way will end the same way. */
  get isFinal() {
    return this.status >= 400 && this.status < 500 && !this.wantsToken;
  }
}

async function answer(path, signal) {
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    const response = await fetch(path, { headers: credentials(), signal: AbortSignal.any([signal, patience]) });
    return { status: response.status, ok: response.ok, body: await response.json() };
  } catch (failure) {
    if (patience.aborted) {
      throw new Error(`no answer within ${PATIENCE_MS / 1000} s`);
    }
    if (failure instanceof SyntaxError) {
      throw new Error('the answer is not JSON');
    }
    throw failure instanceof TypeError ? new Error('there is no connection') : failure;
  }
}

/** What `/api/v1/…` says. */
export async function ask(path, parameters, signal) {
  const query = new URLSearchParams(parameters).toString();
  const { status, ok, body } = await answer(`api/v1/${path}${query === '' ? '' : `?${query}`}`, signal);
  if (!ok) {
    throw new Refused(status, body);
  }
  return body;
}

/** State, generation, and why it is not the best of states; an agent that does not enforce answers 503 with them. */
export async function readiness(signal) {
  const { status, body } = await answer('readyz', signal);
  if (body.state === undefined) {
    throw new Refused(status, body);
  }
  return body;
}
