/** Why a row's JSON was refused, in the words of a file: the row's own line is told apart from it. */
import type { GatosError } from 'gatos-core';

interface Place {
  readonly line?: unknown;
  readonly column?: unknown;
  readonly why?: unknown;
  readonly limit?: unknown;
}

/** `firstLine`: the line of the file on which the row starts. */
export function jsonFault({ code, message, data }: GatosError, firstLine: number): string {
  const { line, column, why, limit } = data as Place;
  if (typeof line !== 'number') return message;
  const reason = code === 'codec/depth' ? `lists and maps are nested deeper than ${limit}` : why;
  return line === 1 ? `column ${column}: ${reason}` : `line ${firstLine + line - 1}, column ${column}: ${reason}`;
}
