import { type Command, defineCommand, type Table } from '../command/index.js';
import { showHelp } from '../help/index.js';

/** The command that explains the commands of this table. */
export const helpOn = (table: Table): Command =>
  defineCommand({
    name: 'help',
    summary: 'explain a command',
    description: `
Shows the manual of a command or of a group of commands in the terminal. Without a command it lists them all.

\`git gatos --help\` opens the same text as a man page, \`-h\` after any command prints a short usage.
`,
    positionals: [
      {
        kind: 'rest',
        name: 'command',
        of: 'text',
        complete: 'commands',
        summary: 'the words of a command, such as `fold run`',
      },
    ],
    examples: [
      { command: 'git gatos help', note: 'list the commands' },
      { command: 'git gatos help completion', note: 'the manual of one' },
    ],
    run: (context, args) =>
      showHelp({ table, words: args.command, long: true, style: context.colour, width: context.stdout.columns }),
  });
