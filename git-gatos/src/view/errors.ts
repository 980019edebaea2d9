/** Faults of finding what a person means. */
import { EXIT, errorArea } from 'gatos-core';

export const viewError = errorArea('view', {
  'nothing-found': {
    kind: 'missing',
    message: (d: { id: string }) => `nothing here is called \`${d.id}\``,
    hint: () => '`git gatos log` lists events, `git gatos verify` lists chains',
  },
  ambiguous: {
    kind: 'input',
    message: (d: { id: string; count: number }) => `${d.count} things end in \`${d.id}\``,
    hint: () => 'give more of its characters',
  },
  'one-predicate': {
    kind: 'input',
    exit: EXIT.usage,
    message: () => 'say when a state is bad, in one way',
    hint: () => "`--bad 'state.sum > 100'`, or `--bad-command 'COMMAND'`",
  },
  'command-failed': {
    kind: 'unavailable',
    message: (d: { command: string; status: string }) =>
      `\`${d.command}\` ended with status ${d.status}: neither 0 (bad) nor 1 (good)`,
  },
  'too-short': {
    kind: 'input',
    message: (d: { id: string; shortest: number }) =>
      `\`${d.id}\` is too short: give at least the last ${d.shortest} characters`,
  },
});
