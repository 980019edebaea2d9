/** Judging within a time, and telling of a push that could not even be judged. Nothing here throws: whatever goes wrong refuses. */
import {
  type Abort,
  GATE_RULES,
  type GatePorts,
  type GateRule,
  type GateState,
  GatosError,
  InvariantError,
  type Judgement,
  type JudgeOptions,
  judgePush,
  type Push,
  type Refusal,
} from 'gatos-core';
import { doorError } from './errors.js';

/** Long enough for folding a hundred thousand records anew, short of what people and servers wait for. */
export const JUDGE_MS = 120_000;

export interface JudgeInTime extends Pick<JudgeOptions, 'pin' | 'progress'> {
  readonly state?: GateState | undefined;
  /** Stops it: a push that was not judged to the end is refused. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds after which it is refused. */
  readonly timeoutMs?: number | undefined;
}

/** The judgement, or a refusal once the time is up: also where the judge itself does not notice. */
export async function judgeInTime(ports: GatePorts, push: Push, options: JudgeInTime): Promise<Judgement> {
  const { timeoutMs = JUDGE_MS, signal, state, pin, progress } = options;
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let stopped: (() => void) | undefined;
  const ended = new Promise<GatosError>((resolve) => {
    timer = setTimeout(() => resolve(doorError('timeout', { seconds: timeoutMs / 1000 })), timeoutMs);
    stopped = () => resolve(doorError('stopped', {}));
    if (signal?.aborted === true) stopped();
    else signal?.addEventListener('abort', stopped, { once: true });
  });
  try {
    const judge = judgePush(ports, push, { state, pin, progress, signal: abortOf(stop.signal) });
    const first = await Promise.race([judge, ended]);
    return first instanceof GatosError ? refusedBy(first) : first;
  } catch (error) {
    return refusedBy(error);
  } finally {
    clearTimeout(timer);
    if (stopped !== undefined) signal?.removeEventListener('abort', stopped);
    stop.abort();
  }
}

function abortOf(signal: AbortSignal): Abort {
  return {
    get aborted() {
      return signal.aborted;
    },
    throwIfAborted() {
      if (signal.aborted) throw doorError('stopped', {});
    },
  };
}

/** A push that is refused for what happened on the way to its judgement, or after it. */
export function refusedBy(error: unknown, rule: GateRule = ruleOf(error)): Judgement {
  return {
    verdict: 'deny',
    refusals: [refusalOf(error, rule)],
    warnings: [],
    input: null,
    decision: null,
    policyRoot: null,
    codeRoot: null,
    uses: [],
  };
}

function ruleOf(error: unknown): GateRule {
  if (!(error instanceof GatosError)) return 'gate/could-not-check';
  if (error.kind === 'limit') return 'gate/limits';
  return error.kind === 'input' ? 'gate/malformed' : 'gate/could-not-check';
}

export function refusalOf(error: unknown, rule: GateRule): Refusal {
  const why = error instanceof Error ? error.message : 'an unknown fault';
  // A bug is named as one: whoever reads it is to report it.
  const told =
    error instanceof GatosError ? why : error instanceof InvariantError ? `a bug: ${why}` : `a fault: ${why}`;
  const hint = error instanceof GatosError ? error.hint : undefined;
  return { ref: null, rule, what: 'the push', why: [told], pass: [hint ?? GATE_RULES[rule]], because: null };
}
