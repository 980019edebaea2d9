/** How what happened in the guest is told: one error code for each way in which a fold can end. */
import type { GatosError } from '../../kernel/index.js';
import { foldError } from '../errors.js';
import { plainText } from './plain-text.js';
import { asStop, GuestError, Stop } from './stop.js';

interface Limits {
  readonly gas: number;
  readonly memory: number;
}

/** Says which event, if the fault does not say so itself. Bugs stay what they are. */
export function toFault(error: unknown, { gas, memory }: Limits, index: number | undefined): unknown {
  const stop = asStop(error);
  if (stop instanceof GuestError) return foldError('start', { why: plainText(stop.text) });
  if (stop instanceof FoldFault) return stop.at(index ?? 0);
  if (!(stop instanceof Stop)) return stop;
  switch (stop.kind) {
    case 'gas':
      return foldError('gas', { index, gas });
    case 'memory':
      return foldError('memory', { index, memory });
    case 'stack':
      return foldError('stack', { index });
    case 'limit':
      return foldError('engine-limit', { index, why: plainText(stop.detail) });
    case 'host':
      return foldError('no-room', { index, what: stop.detail });
    case 'aborted':
      return foldError('aborted', { index });
    default:
      return foldError('engine-fault', { index, why: plainText(stop.detail) }, { cause: error });
  }
}

/** A fault of the fold that becomes an error when the index of its event is known. */
export class FoldFault {
  readonly at: (index: number) => GatosError;

  constructor(at: (index: number) => GatosError) {
    this.at = at;
  }
}
