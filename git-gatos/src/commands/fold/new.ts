import { checkNamespace } from 'gatos-core';
import { scaffoldFold } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { viewError } from '../../view/errors.js';
import { isPlainName } from '../../view/name.js';
import { shellWord } from '../../view/shell.js';
import { DIR_OPTION, directoryOf } from './bundle.js';

export const command = defineCommand({
  name: 'new',
  summary: 'write a fold to start from',
  description:
    'Writes `gatos/folds/NAME/fold.mjs`, a working reducer with comments, and `fold.json`. Nothing is recorded before `fold run`.',
  positionals: [{ name: 'name', kind: 'text', summary: 'name of the fold and its state' }],
  options: {
    ns: { kind: 'text', placeholder: 'NS', summary: 'namespace it folds', complete: 'namespaces' },
    dir: DIR_OPTION,
  },
  examples: [{ command: 'git gatos fold new sum', note: 'then edit gatos/folds/sum/fold.mjs' }],
  exits: ['no', 'temporary'],
  seeAlso: ['fold run', 'fold lint'],
  run: async (context, { name, ns, dir }) => {
    const workspace = await context.openRepository();
    const space = checkNamespace(ns ?? workspace.namespace);
    if (!isPlainName(name)) throw viewError('bad-name', { name, what: 'fold' });
    const files = scaffoldFold(directoryOf(workspace, { name, dir }), { name, ns: space });
    return {
      value: { name, ns: space, files },
      text: files.map((file) => `wrote ${file}`),
      next: [`fold the events: git gatos fold run ${name}${dir === undefined ? '' : ` --dir ${shellWord(dir)}`}`],
    };
  },
});
