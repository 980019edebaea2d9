/** How what happened in the guest is told: one error code for each way in which a fold can end. */
import type { GatosError } from '../../kernel/index.js';
import { sandboxError } from './errors.js';
import { asStop, GuestError, Stop } from './stop.js';

interface Limits {
  readonly gas: number;
  readonly memory: number;
}

/** Says which event, if the fault does not say so itself. Bugs stay what they are. */
export function toFault(error: unknown, { gas, memory }: Limits, index: number | undefined): unknown {
  const stop = asStop(error);
  if (stop instanceof GuestError) return sandboxError('start', { why: plainText(stop.text) });
  if (stop instanceof FoldFault) return stop.at(index ?? 0);
  if (!(stop instanceof Stop)) return stop;
  switch (stop.kind) {
    case 'gas':
      return sandboxError('gas', { index, gas });
    case 'memory':
      return sandboxError('memory', { index, memory });
    case 'stack':
      return sandboxError('stack', { index });
    case 'limit':
      return sandboxError('engine-limit', { index, why: plainText(stop.detail) });
    case 'host':
      return sandboxError('no-room', { index, what: stop.detail });
    case 'aborted':
      return sandboxError('aborted', { index });
    default:
      return sandboxError('engine-fault', { index, why: plainText(stop.detail) }, { cause: error });
  }
}

/** A fault of the fold that becomes an error when the index of its event is known. */
export class FoldFault {
  readonly at: (index: number) => GatosError;

  constructor(at: (index: number) => GatosError) {
    this.at = at;
  }
}

const MESSAGE_UNITS = 500;

/** Text of the guest for a message: bounded, in one line, without control characters and lone surrogates. */
export function plainText(text: string): string {
  const short = text.length > MESSAGE_UNITS ? `${text.slice(0, MESSAGE_UNITS)}…` : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
  return short.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|\p{Cs}/gu, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
