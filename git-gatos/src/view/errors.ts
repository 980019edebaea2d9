/** Faults of finding what a person means. */
import { EXIT, errorArea } from 'gatos-core';
import { counted } from './count.js';

const SHOWN = 12;

function listOf(names: readonly string[]): string {
  const rest = names.length - SHOWN;
  return `${names.slice(0, SHOWN).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

export const viewError = errorArea('view', {
  'nothing-found': {
    kind: 'missing',
    message: (d: { id: string }) => `nothing here is called \`${d.id}\``,
    hint: () => '`git gatos log` lists events, `git gatos verify` lists chains',
  },
  'not-an-event': {
    kind: 'input',
    message: (d: { id: string }) => `\`${d.id}\` is no event`,
    hint: () => '`git gatos log` lists events by the end of their CID',
  },
  'no-chain': {
    kind: 'missing',
    message: (d: { name: string; known: readonly string[] }) => `there is no chain \`${d.name}\` here`,
    hint: (d: { known: readonly string[] }) =>
      d.known.length === 0 ? 'there is none at all; start with `git gatos init`' : `chains here: ${listOf(d.known)}`,
  },
  'no-checkpoint': {
    kind: 'missing',
    message: (d: { name: string; back: number; count: number }) =>
      `there is no \`${d.name}~${d.back}\`: state \`${d.name}\` has ${counted(d.count, 'checkpoint')}`,
    hint: (d: { name: string; count: number }) =>
      d.count === 1
        ? `a next one comes with the next \`git gatos fold run ${d.name}\` that finds new events`
        : `\`git gatos state log ${d.name}\` lists them`,
  },
  'bad-name': {
    kind: 'input',
    message: (d: { name: string; what: 'fold' | 'state' }) => `\`${d.name}\` cannot be the name of a ${d.what}`,
    hint: (d: { what: 'fold' | 'state' }) =>
      d.what === 'fold'
        ? 'use lower-case letters, digits, `.`, `_` and `-`; another folder is given with `--dir DIR`'
        : 'say NAME, or NAME~N for the Nth checkpoint before the newest; `git gatos state list` has the names',
  },
  'not-a-proof': {
    kind: 'input',
    message: (d: { path: string; why: string }) => `\`${d.path}\` is not a proof file: ${d.why}`,
    hint: () =>
      'proofs are written by `git gatos state prove`, `git gatos state get --proof`, `git gatos prove event` and `git gatos bus prove`, receipts by `git gatos reproduce`',
  },
  ambiguous: {
    kind: 'input',
    message: (d: { id: string; count: number }) => `${d.count} things end in \`${d.id}\``,
    hint: () => 'give more of its characters',
  },
  'ambiguous-start': {
    kind: 'input',
    message: (d: { id: string; count: number }) => `${d.count} things begin with \`${d.id}\``,
    hint: () => 'give more of its digits',
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
  'not-granted': {
    kind: 'input',
    message: (d: { id: string; state: string }) => `proposal \`${d.id}\` is not granted: it is ${d.state}`,
    hint: () => '`git gatos proposals` lists what was granted',
  },
  'nothing-to-revoke': {
    kind: 'missing',
    message: (d: { id: string; kind: string; actor: string }) =>
      d.kind === 'approval'
        ? `\`${d.actor}\` has not approved \`${d.id}\`, so there is nothing to take back`
        : `\`${d.id}\` has no ${d.kind} that could be revoked`,
    hint: (d: { id: string }) => `see how it stands: \`git gatos proposals ${d.id}\``,
  },
  'too-short': {
    kind: 'input',
    message: (d: { id: string; shortest: number }) =>
      `\`${d.id}\` is too short: give at least the last ${d.shortest} characters`,
  },
});
