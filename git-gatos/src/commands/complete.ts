import { type Command, defineCommand, type Table } from '../command/index.js';
import { complete, formatCompletion } from '../completion/index.js';

/** The command that completes the commands of this table. */
export const completionOf = (table: Table): Command =>
  defineCommand({
    name: '__complete',
    summary: 'answer a completion script',
    description: `
Prints what may stand in place of the last of the words, one candidate a line with its summary after a tab. The last line is
\`:files\`, \`:directories\` or \`:nothing\`: what the shell is to add of its own.
`,
    positionals: [{ kind: 'rest', name: 'words', of: 'text', min: 1, summary: 'what follows `git gatos`, after `--`' }],
    examples: [{ command: 'git gatos __complete -- completion ba', note: 'what a script asks' }],
    run: async ({ cwd, env }, { words }) => {
      const found = await complete({ table, words, cwd, env });
      return { value: found, text: formatCompletion(found) };
    },
  });
