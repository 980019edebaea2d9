/** Every man page of a table: one for the whole, one for each group and each command that is listed. */
import { isGroup, listed, type Table } from '../command/index.js';
import { documentCommand, documentGroup, documentRoot } from '../help/index.js';
import { type ManPage, renderManPage } from './page.js';

/** Loads every command. Sorted by file name. */
export async function manPages(table: Table): Promise<ManPage[]> {
  const pages = [renderManPage(documentRoot(table))];
  for (const entry of table.flatMap((section) => listed(section.entries))) {
    if (isGroup(entry)) {
      pages.push(renderManPage(documentGroup(entry)));
      for (const verb of listed(entry.commands)) {
        if (isGroup(verb)) continue;
        const { command } = await verb.load();
        pages.push(renderManPage(documentCommand(command, [entry.name, verb.name])));
      }
    } else pages.push(renderManPage(documentCommand((await entry.load()).command, [entry.name])));
  }
  return pages.sort((a, b) => (a.file < b.file ? -1 : 1));
}
