/** Help on the terminal: what `-h`, `--help` and `git gatos help` answer. */

import { entriesOf, isGroup, lookUp, ROOT, suggest, type Table } from '../command/index.js';
import { cliError } from '../errors.js';
import type { Answer } from '../output/outcome.js';
import type { Style } from '../output/style.js';
import { documentCommand, documentGroup, documentRoot, type HelpDocument } from './document.js';
import { renderHelp } from './text.js';

export interface HelpRequest {
  readonly table: Table;
  /** After `git gatos`. */
  readonly words: readonly string[];
  readonly long: boolean;
  readonly style: Style;
  readonly width: number;
}

async function documentOf(table: Table, words: readonly string[]): Promise<HelpDocument> {
  if (words.length === 0) return documentRoot(table);
  const entry = lookUp(table, words);
  if (entry === undefined) {
    const name = words.join(' ');
    const topics = entriesOf(table).flatMap((e) => [
      e.name,
      ...(isGroup(e) ? e.commands.map((c) => `${e.name} ${c.name}`) : []),
    ]);
    const near = suggest(name, topics);
    throw cliError('unknown-command', {
      command: ROOT,
      name,
      suggestion: near === undefined ? undefined : `${ROOT} help ${near}`,
    });
  }
  return isGroup(entry) ? documentGroup(entry, words) : documentCommand((await entry.load()).command, words);
}

/** Throws `cli/unknown-command`. With `--json` the answer is the document itself. */
export async function showHelp({ table, words, long, style, width }: HelpRequest): Promise<Answer> {
  const document = await documentOf(table, words);
  return { value: document, text: renderHelp(document, { long, style, width }) };
}
