/** Faults of trust: who may speak here, and who may change that. */
import { EXIT, errorArea } from '../kernel/index.js';

export const trustError = errorArea('trust', {
  'no-genesis': {
    kind: 'missing',
    message: () => 'this repository has no trust chain yet',
    hint: () => 'start one with `git gatos init`, or bring it here with `git gatos clone` or `git gatos sync`',
  },
  'other-genesis': {
    kind: 'integrity',
    message: (d: { pinned: string; found: string }) =>
      `the trust chain starts at \`${d.found}\`, but \`${d.pinned}\` was pinned for this clone`,
    hint: () => 'the history of trust was replaced; do not go on before its owners explain why',
  },
  'exists-already': {
    kind: 'conflict',
    message: (d: { repo: string }) => `this repository already has a trust chain (\`${d.repo}\`)`,
  },
  'unknown-key': {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { key: string; actor: string; chain: string }) =>
      `key \`${d.key}\` is not in the trust chain, so it cannot sign for \`${d.actor}\``,
    hint: (d: { key: string; actor: string }) => `a root can add it: \`git gatos trust add ${d.actor} ${d.key}\``,
  },
  'other-actor': {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { key: string; actor: string; owner: string }) =>
      `key \`${d.key}\` belongs to \`${d.owner}\`, not to \`${d.actor}\``,
  },
  'not-yet': {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { key: string; clock: number; added: number }) =>
      `key \`${d.key}\` was added at place ${d.added} in history; this was signed for place ${d.clock}`,
  },
  revoked: {
    kind: 'denied',
    exit: EXIT.expired,
    message: (d: { key: string; clock: number; from: number; reason: string }) =>
      `key \`${d.key}\` is revoked from place ${d.from} in history (${d.reason}); this was signed for place ${d.clock}`,
  },
  expired: {
    kind: 'denied',
    exit: EXIT.expired,
    message: (d: { key: string; time: string; from: string; until: string }) =>
      `key \`${d.key}\` is valid from ${d.from} until ${d.until}; this was signed at ${d.time}`,
  },
  'not-a-root': {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { key: string; actor: string; chain: string; roots: readonly string[] }) =>
      `key \`${d.key}\` belongs to \`${d.actor}\`, who is no root and cannot sign for \`${d.chain}\``,
    hint: (d: { roots: readonly string[] }) => `the roots are ${d.roots.join(', ')}`,
  },
  threshold: {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { chain: string; have: readonly string[]; need: number; roots: readonly string[] }) =>
      `a change of \`${d.chain}\` needs ${d.need} of ${d.roots.join(', ')}; it is signed by ${d.have.length === 0 ? 'none of them' : d.have.join(', ')}`,
    hint: (d: { chain: string }) => {
      const command = `git gatos ${d.chain === 'trust' ? 'trust' : 'policy'}`;
      return `let the others sign the file: \`${command} sign FILE\`, then \`${command} apply FILE\``;
    },
  },
  'actor-did-not-sign': {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { actor: string }) => `the change is in the name of \`${d.actor}\`, whose key did not sign it`,
  },
  'bad-change': {
    kind: 'input',
    message: (d: { why: string }) => `the trust change cannot be made: ${d.why}`,
  },
  'unknown-operation': {
    kind: 'unsupported',
    message: (d: { op: string }) => `this program does not know the trust change \`${d.op}\``,
    hint: () => 'update git-gatos; until then nothing from there on can be judged',
  },
  stale: {
    kind: 'conflict',
    message: (d: { chain: string; want: string; head: string }) =>
      `the change was made on \`${d.want}\`, but \`${d.chain}\` is now at \`${d.head}\``,
    hint: () => 'make the change again and collect the signatures anew',
  },
  'misplaced-genesis': {
    kind: 'integrity',
    message: (d: { why: string }) => `not a genesis: ${d.why}`,
  },
});
