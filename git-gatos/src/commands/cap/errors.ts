/** Faults of saying which capability, for whom, and how far. */
import { EXIT, errorArea } from 'gatos-core';

export const capError = errorArea('cap', {
  'no-target': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { targets: readonly string[] }) => `say what the capability is for: one of ${d.targets.join(', ')}`,
    hint: () => '`git gatos cap issue -h` explains them',
  },
  'missing-limit': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { kind: string; options: readonly string[] }) =>
      `a ${d.kind} says how far it goes: ${d.options.join(', ')} is missing`,
    hint: () => 'numbers may be `unlimited`; media types `*/*`',
  },
  'foreign-limit': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { kind: string; option: string; options: readonly string[] }) =>
      `\`${d.option}\` says nothing about a ${d.kind}`,
    hint: (d: { options: readonly string[] }) =>
      d.options.length === 0 ? 'nothing limits it but its window' : `it takes ${d.options.join(', ')}`,
  },
  'no-end': {
    kind: 'input',
    exit: EXIT.usage,
    message: () => 'say how long the capability counts',
    hint: () => '`--for 7d`, or `--until 2026-12-31T00:00:00Z`',
  },
  'no-key': {
    kind: 'missing',
    message: (d: { actor: string }) => `\`${d.actor}\` has no key here that is valid now`,
    hint: () => '`git gatos trust show` lists principals and their keys; a key by itself is `ed25519:…`',
  },
  'several-keys': {
    kind: 'input',
    message: (d: { actor: string; keys: readonly string[] }) => `\`${d.actor}\` has ${d.keys.length} valid keys`,
    hint: (d: { keys: readonly string[] }) => `name one of them: ${d.keys.join(', ')}`,
  },
  'not-found': {
    kind: 'missing',
    message: (d: { text: string }) => `no capability here has the id \`${d.text}\`, and there is no such file`,
    hint: () => '`git gatos cap list` lists them; `git gatos sync` brings those of others',
  },
  ambiguous: {
    kind: 'input',
    message: (d: { text: string; count: number }) => `${d.count} capabilities begin with \`${d.text}\``,
    hint: () => 'give more of its digits',
  },
});
