/**
 * SIGINT and SIGTERM as an AbortSignal. The first one asks the command to stop; a second one, or no end within the grace time,
 * ends the process: whatever was being written is either complete or invisible, so that is safe at any point.
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
  /** The `cli/interrupted` of the signal that came, if one did. */
  reason(): unknown;
  /** Stops listening. */
  dispose(): void;
}

export function interruption(source: SignalSource): Interruption {
  let controller: AbortController | undefined;
  let timer: NodeJS.Timeout | undefined;

  const stop = (signal: 'SIGINT' | 'SIGTERM') => (): void => {
    if (controller === undefined || controller.signal.aborted) {
      source.exit(EXIT.interrupted);
      return;
    }
    controller.abort(cliError('interrupted', { signal }));
    timer = setTimeout(() => source.exit(EXIT.interrupted), GRACE_MS);
    timer.unref();
  };
  const listeners = { SIGINT: stop('SIGINT'), SIGTERM: stop('SIGTERM') } as const;

  return {
    get signal() {
      if (controller === undefined) {
        controller = new AbortController();
        source.on('SIGINT', listeners.SIGINT);
        source.on('SIGTERM', listeners.SIGTERM);
      }
      return controller.signal;
    },
    reason: () => controller?.signal.reason,
    dispose() {
      clearTimeout(timer);
      source.off('SIGINT', listeners.SIGINT);
      source.off('SIGTERM', listeners.SIGTERM);
    },
  };
}
