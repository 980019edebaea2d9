/**
 * SIGINT and SIGTERM as an AbortSignal. The first one asks the command to stop; a second one, or no end within the grace time,
 * ends the process: whatever was being written is either complete or invisible, so that is safe at any point. A command that takes
 * its time after the first one may ask to be told of the second, and has the grace time then.
 */
import { EXIT } from 'gatos-core';
import { cliError } from './errors.js';

const GRACE_MS = 3_000;

/** What is needed of the process. */
export interface SignalSource {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  exit(code: number): void;
}

export interface Interruption {
  /** Reading it the first time starts listening. */
  readonly signal: AbortSignal;
  /** From now on the first signal has no grace time: the command ends when what it has begun is done, or at a second signal. */
  unhurried(): void;
  /** Aborted by the second signal. Reading it the first time puts a third one, or the grace time, in the place of the second. */
  readonly hurry: AbortSignal;
  /** The `cli/interrupted` of the signal that came, if one did. */
  reason(): unknown;
  /** Stops listening. */
  dispose(): void;
}

export function interruption(source: SignalSource): Interruption {
  let controller: AbortController | undefined;
  let hurry: AbortController | undefined;
  let timer: NodeJS.Timeout | undefined;
  let hurried = true;

  const listen = (): AbortController => {
    if (controller === undefined) {
      controller = new AbortController();
      source.on('SIGINT', listeners.SIGINT);
      source.on('SIGTERM', listeners.SIGTERM);
    }
    return controller;
  };
  const stop = (signal: 'SIGINT' | 'SIGTERM') => (): void => {
    const next = [controller, hurry].find((each) => each?.signal.aborted === false);
    if (next === undefined) {
      source.exit(EXIT.interrupted);
      return;
    }
    next.abort(cliError('interrupted', { signal }));
    if (next === controller && !hurried) return;
    clearTimeout(timer);
    timer = setTimeout(() => source.exit(EXIT.interrupted), GRACE_MS);
    timer.unref();
  };
  const listeners = { SIGINT: stop('SIGINT'), SIGTERM: stop('SIGTERM') } as const;

  return {
    get signal() {
      return listen().signal;
    },
    unhurried() {
      hurried = false;
    },
    get hurry() {
      listen();
      hurry ??= new AbortController();
      return hurry.signal;
    },
    reason: () => controller?.signal.reason,
    dispose() {
      clearTimeout(timer);
      source.off('SIGINT', listeners.SIGINT);
      source.off('SIGTERM', listeners.SIGTERM);
    },
  };
}
