/** Faults around the gate: its hooks, its key, what it is asked on standard input, and the gate that stays. */
import { EXIT, errorArea } from 'gatos-core';

export const hookError = errorArea('hooks', {
  taken: {
    kind: 'conflict',
    exit: EXIT.no,
    message: (d: { path: string; kept: string }) =>
      `\`${d.path}\` is another hook than ours, and \`${d.kept}\` keeps an earlier one already`,
    hint: (d: { kept: string }) => `make one of the two, or remove \`${d.kept}\`; then install again`,
  },
  'no-hook-file': {
    kind: 'conflict',
    exit: EXIT.no,
    message: (d: { path: string }) => `\`${d.path}\` is a folder or something else that no hook can be`,
    hint: (d: { path: string }) => `move \`${d.path}\` away, then install again`,
  },
  'shared-path': {
    kind: 'conflict',
    exit: EXIT.no,
    message: (d: { path: string; scope: string }) =>
      `hooks are taken from \`${d.path}\`, which the ${d.scope} configuration of git sets for every repository`,
    hint: () => 'give this repository hooks of its own first: `git config core.hooksPath hooks`',
  },
  'no-work-tree': {
    kind: 'input',
    message: () => 'a bare repository pushes nothing, so it needs no client hook',
    hint: () => 'guard what is pushed to it: `git gatos hooks install --server`',
  },
  unwritable: {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string; why: string }) => `could not write the hook \`${d.path}\`: ${d.why}`,
  },
  'cannot-trust': {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { why: string }) => `the key of the gate was not added to the trust chain: ${d.why}`,
    hint: () =>
      'say who you are, `git gatos config set actor ACTOR`, or let the roots add it with the line that is shown',
  },
});

export const doorError = errorArea('door', {
  'bad-line': {
    kind: 'input',
    message: (d: { line: number; why: string }) => `line ${d.line} of the push is malformed: ${d.why}`,
  },
  empty: {
    kind: 'input',
    message: () => 'the push names no ref',
  },
  'too-long': {
    kind: 'limit',
    message: (d: { bytes: number }) => `the push names its refs in more than ${d.bytes} bytes`,
    hint: () => 'push in parts',
  },
  timeout: {
    kind: 'unavailable',
    message: (d: { seconds: number }) => `judging it took longer than ${d.seconds} seconds`,
    hint: () => 'push in parts',
  },
  stopped: {
    kind: 'unavailable',
    message: () => 'the gate was stopped while it judged',
    hint: () => 'push again',
  },
  quarantine: {
    kind: 'unavailable',
    message: (d: { why: string }) => `the objects of the push cannot be found: ${d.why}`,
  },
  namespace: {
    kind: 'input',
    message: (d: { namespace: string }) => `\`${d.namespace}\` is no git namespace`,
  },
  'bad-range': {
    kind: 'input',
    exit: EXIT.usage,
    message: (d: { range: string; why: string }) => `\`${d.range}\` is no range to check: ${d.why}`,
    hint: () => 'say `OLD..NEW`; an id of zeros stands for a ref that is not there',
  },
  'no-key': {
    kind: 'missing',
    message: () => 'this gate has no key of its own',
    hint: () => 'make one: `git gatos hooks install --server`',
  },
  'key-not-trusted': {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { actor: string; key: string }) =>
      `the trust chain does not know \`${d.key}\` as a key of \`${d.actor}\``,
    hint: (d: { actor: string; key: string }) => `let the roots add it: \`git gatos trust add ${d.actor} ${d.key}\``,
  },
  'audit-busy': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string }) => `another process holds \`${d.path}\``,
  },
});

export const gateServiceError = errorArea('gate-service', {
  'already-running': {
    kind: 'conflict',
    exit: EXIT.no,
    message: (d: { path: string }) => `a gate answers on \`${d.path}\` already`,
    hint: () => 'one is enough: it judges every push to this repository',
  },
  'no-socket': {
    kind: 'unavailable',
    exit: EXIT.temporary,
    message: (d: { path: string; why: string }) => `could not listen on \`${d.path}\`: ${d.why}`,
  },
});
