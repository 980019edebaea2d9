/** A small table that has everything help and man pages must cope with. */
import { defineCommand, type Table } from '../src/command/index.js';

/** `git gatos fold run`. */
export const command = defineCommand({
  name: 'run',
  summary: 'fold the journal',
  description: `
Follows the journals. Uses \`git\` and
nothing else; a 'quote' and a \\ backslash – and a dash.

    git gatos fold run sum
    .not a request

'Tis a line that starts with a quote.
`,
  options: {
    full: { kind: 'flag', short: 'f', summary: 'ignore every cache' },
    at: { kind: 'text', required: true, placeholder: 'cid', summary: 'where to start' },
    mode: { kind: 'choice', choices: ['a', 'b'], default: 'a', summary: 'how' },
    tag: { kind: 'list', of: 'text', summary: 'labels' },
  },
  positionals: [
    { kind: 'text', name: 'fold', summary: 'its name' },
    { kind: 'rest', name: 'more', of: 'path', summary: 'others' },
  ],
  examples: [{ command: "git gatos fold run --at x 'sum'", note: 'fold it' }],
  exits: ['mismatch', 'unchecked'],
  seeAlso: ['log', 'git-log(1)'],
  run: () => ({ value: null, text: '' }),
});
/** A group with one listed command. */
export const table: Table = [
  {
    title: 'folds',
    entries: [
      {
        name: 'fold',
        summary: 'work with folds',
        description: 'Folds.',
        commands: [
          { name: 'run', summary: 'fold the journal', load: async () => ({ command }) },
          { name: 'secret', summary: 'hidden', hidden: true, load: async () => ({ command }) },
        ],
      },
    ],
  },
];
