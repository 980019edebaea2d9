/** Every man page of a table: one for the whole, one for each group and each command that is listed. */
import { type Entry, type Group, isGroup, listed, type Table } from '../command/index.js';
import { documentCommand, documentGroup, documentRoot } from '../help/index.js';
import { type ManPage, renderManPage } from './page.js';

/** Loads every command. Sorted by file name. */
export async function manPages(table: Table): Promise<ManPage[]> {
  const pages = [renderManPage(documentRoot(table))];
  const walk = async (entries: readonly (Entry | Group)[], above: readonly string[]): Promise<void> => {
    for (const entry of listed(entries)) {
      const words = [...above, entry.name];
      if (isGroup(entry)) {
        pages.push(renderManPage(await documentGroup(entry, words)));
        await walk(entry.commands, words);
      } else pages.push(renderManPage(documentCommand((await entry.load()).command, words)));
    }
  };
  for (const section of table) await walk(section.entries, []);
  return pages.sort((a, b) => (a.file < b.file ? -1 : 1));
}
