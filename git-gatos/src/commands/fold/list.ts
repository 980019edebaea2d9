import { foldNames, openFold } from 'gatos-core';
import { defineCommand } from '../../command/index.js';

export const command = defineCommand({
  name: 'list',
  summary: 'list the folds here',
  description: 'Lists recorded folds with their newest definition.',
  examples: [{ command: 'git gatos fold list', note: 'what can be folded here' }],
  seeAlso: ['fold new', 'fold run'],
  run: async (context) => {
    const { backend } = (await context.openRepository()).repository;
    const rows = [];
    for (const name of await foldNames(backend)) {
      const { manifest, foldRoot } = await openFold(backend, name);
      rows.push({ name, ns: manifest.ns, version: manifest.version, fold_root: String(foldRoot) });
    }
    const text = rows.map(
      ({ name, ns, version, fold_root }) => `${name} version ${version} of namespace ${ns} ${fold_root}`,
    );
    return {
      value: rows,
      text: text.length === 0 ? 'no folds recorded yet' : text,
      next: text.length === 0 ? ['write one: git gatos fold new NAME', 'record it: git gatos fold run NAME'] : [],
    };
  },
});
