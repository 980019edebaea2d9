/** What a tool says to people, shown to them. */
import type { ToolLog } from 'gatosd';
import type { Context } from '../context.js';

/** Each line says which tool it is of: several may be called by one command. */
export function noteToolLog({ note }: Context, { tool, bytes }: ToolLog): void {
  const lines = new TextDecoder().decode(bytes).trimEnd().split('\n');
  note(lines.map((line) => `${tool}: ${line}`).join('\n'));
}
