/** Why a row's JSON was refused, in the words of a file: the row's own line is told apart from it. */
import type { GatosError } from 'gatos-core';

export function jsonFault({ code, message, data }: GatosError, firstLine: number): string {
  const { line, column, why } = data as { readonly line?: unknown; readonly column?: unknown; readonly why?: unknown };
  if (code !== 'codec/json' || typeof line !== 'number') return message;
  return line === 1 ? `column ${column}: ${why}` : `line ${firstLine + line - 1}, column ${column}: ${why}`;
}
