/** Faults of folds outside the sandbox: definitions, checkpoints and their proofs. */
import { EXIT, errorArea } from '../kernel/index.js';
import { SANDBOX_FAULTS } from './sandbox/errors.js';

export const foldError = errorArea('fold', {
  ...SANDBOX_FAULTS,
  'no-such-fold': {
    kind: 'missing',
    message: (d: { name: string; known: readonly string[] }) => `there is no fold \`${d.name}\``,
    hint: (d: { name: string; known: readonly string[] }) =>
      d.known.length === 0 ? `make one: \`git gatos fold new ${d.name}\`` : `folds here: ${d.known.join(', ')}`,
  },
  'no-such-state': {
    kind: 'missing',
    message: (d: { name: string }) => `there is no state \`${d.name}\` yet`,
    hint: (d: { name: string }) => `make its first checkpoint: \`git gatos fold run ${d.name}\``,
  },
  'bad-manifest': {
    kind: 'input',
    message: (d: { path: string; why: string }) => `\`${d.path}\` is not a fold manifest: ${d.why}`,
    hint: () => '`git gatos fold new NAME` writes one to start from',
  },
  'source-too-large': {
    kind: 'limit',
    message: (d: { bytes: number; limit: number }) => `the fold's source has ${d.bytes} bytes, the limit is ${d.limit}`,
  },
  'state-not-a-map': {
    kind: 'input',
    message: () => 'the state is not a map at the top',
    hint: () => 'let the fold return an object, such as `{ sum: 3 }`',
  },
  'state-too-many-keys': {
    kind: 'limit',
    message: (d: { count: number; limit: number }) =>
      `the state has ${d.count} top-level keys, the limit is ${d.limit}`,
    hint: () => 'group them one level deeper',
  },
  'state-key': {
    kind: 'limit',
    message: (d: { key: string; bytes: number; limit: number }) =>
      `top-level key \`${d.key}\` of the state has ${d.bytes} bytes; 1 to ${d.limit} are allowed`,
  },
  'other-engine': {
    kind: 'unsupported',
    message: (d: { want: string; have: string }) =>
      `the proof was made by engine \`${d.want}\`, this program has \`${d.have}\``,
    hint: () => 'verify it with the version of git-gatos that has that engine',
  },
  'no-engine': {
    kind: 'unavailable',
    message: () => 'no sandbox engine is at hand, so the proof could not be recomputed',
  },
  'proof-mismatch': {
    kind: 'integrity',
    exit: EXIT.mismatch,
    message: (d: { field: string; claimed: string; computed: string; state: string }) =>
      `the Proof-of-Fold of \`${d.state}\` does not hold: ${d.field} is claimed as \`${d.claimed}\`, recomputed as \`${d.computed}\``,
  },
  'window-missing': {
    kind: 'unavailable',
    message: (d: { chain: string; head: string }) =>
      `the proof folds \`${d.chain}\` up to envelope \`${d.head}\`, which is not in this clone`,
    hint: () => 'bring the journals here: `git gatos sync`',
  },
  'definition-missing': {
    kind: 'unavailable',
    message: (d: { name: string; fold_root: string }) =>
      `the definition \`${d.fold_root}\` of fold \`${d.name}\` is not in this clone`,
  },
  stopped: {
    kind: 'input',
    message: (d: { fold: string; event: number; cid: string; why: string; reason: string }) =>
      `fold \`${d.fold}\` stopped at event ${d.event} (\`${d.cid}\`): ${d.why}`,
    hint: (d: { cid: string }) => `look at the event: \`git gatos show ${d.cid}\`; no checkpoint was written`,
  },
  'never-bad': {
    kind: 'input',
    message: (d: { name: string }) => `the newest state \`${d.name}\` is not bad, so there is nothing to search`,
    hint: () => 'a predicate is true for a bad state; try it on `git gatos state show --json`',
  },
  'always-bad': {
    kind: 'input',
    message: (d: { name: string }) => `state \`${d.name}\` is bad before the first event`,
    hint: () => 'no event made it so: look at `initial` in fold.json, or at the predicate',
  },
  'bad-predicate': {
    kind: 'input',
    message: (d: { predicate: string; why: string }) =>
      `the predicate \`${d.predicate}\` cannot be evaluated: ${d.why}`,
  },
  'proof-broken': {
    kind: 'integrity',
    message: (d: { what: string }) => `the proof does not hold: ${d.what}`,
  },
  'block-missing': {
    kind: 'integrity',
    message: (d: { path: string }) => `block \`${d.path}\` of the checkpoint is missing`,
  },
  'block-altered': {
    kind: 'integrity',
    message: (d: { path: string; cid: string }) => `the bytes of block \`${d.path}\` are not those of \`${d.cid}\``,
  },
  'no-such-key': {
    kind: 'missing',
    message: (d: { name: string; key: string }) => `state \`${d.name}\` has no key \`${d.key}\``,
  },
  'no-such-event': {
    kind: 'missing',
    message: (d: { name: string; cid: string }) =>
      `event \`${d.cid}\` is not among those that state \`${d.name}\` was folded from`,
  },
});
