/** Faults of folds outside the sandbox: definitions, checkpoints and their proofs. */
import { EXIT, errorArea } from '../kernel/index.js';
import { SANDBOX_FAULTS } from './sandbox-faults.js';

/** Between which events a recomputation departs from what a checkpoint claims, as far as can be known. */
export interface Departure {
  /** After so many events both have the same state: an earlier checkpoint or the base of this one shows it. */
  readonly agrees_after: number;
  /** After so many they differ. */
  readonly differs_after: number;
  /** CID of the first event at which they depart, when only one is left. */
  readonly event?: string | undefined;
}

/** What a Proof-of-Fold claims and what recomputing gives. */
export interface Mismatch {
  readonly state: string;
  /** The first field that differs, such as `state_root` or `base.frontier`. */
  readonly field: string;
  readonly claimed: string;
  readonly computed: string;
  /** Commit of the checkpoint. */
  readonly commit: string;
  /** Events of the last checkpoint before it that held. */
  readonly verified_events: number;
  /** Absent when the fields that were compared before folding differed. */
  readonly roots?: Roots | undefined;
  readonly departure?: Departure | undefined;
}

/** As text, each as claimed and as recomputed. */
export interface Roots {
  readonly state_root: { readonly claimed: string; readonly computed: string };
  readonly history_root: { readonly claimed: string; readonly computed: string };
}

function hintOf({ agrees_after, differs_after, event }: Departure): string {
  return event === undefined
    ? `both agree after event ${agrees_after} and differ after event ${differs_after}: what departs lies between`
    : `they depart at event ${agrees_after} (\`${event}\`): \`git gatos show ${event}\``;
}

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
  'state-too-large': {
    kind: 'limit',
    message: (d: { what: string; bytes: number; limit: number }) =>
      `${d.what} of the state has ${d.bytes} bytes encoded, the limit is ${d.limit}`,
    hint: () => 'spread the state over more top-level keys',
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
    message: (d: Mismatch) =>
      `the Proof-of-Fold of \`${d.state}\` does not hold: ${d.field} is claimed as \`${d.claimed}\`, recomputed as \`${d.computed}\``,
    hint: ({ departure, commit }: Mismatch) =>
      departure === undefined ? `who signed it: \`git gatos show ${commit}\`` : hintOf(departure),
  },
  'not-alone': {
    kind: 'integrity',
    message: (d: { chain: string; count: number }) =>
      `an envelope on \`${d.chain}\` holds ${d.count} records; there each stands alone`,
  },
  'window-missing': {
    kind: 'unavailable',
    message: (d: { chain: string; head: string }) =>
      `the proof folds \`${d.chain}\` up to envelope \`${d.head}\`, which is not in this clone`,
    hint: () => 'bring the journals here: `git gatos sync`',
  },
  'definition-altered': {
    kind: 'integrity',
    exit: EXIT.mismatch,
    message: (d: { chain: string; commit: string; why: string }) =>
      `the definition in \`${d.commit}\` on \`${d.chain}\` is not what it claims to be: ${d.why}`,
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
  'state-differs': {
    kind: 'integrity',
    message: (d: { name: string; events: number }) =>
      `state \`${d.name}\` is bad in its checkpoint, but folding its ${d.events} events gives a good one`,
    hint: (d: { name: string }) => `see which of them is right: \`git gatos fold verify ${d.name}\``,
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
  'proof-unsigned': {
    kind: 'integrity',
    exit: EXIT.absent,
    message: (d: { state: string }) => `nobody signed the checkpoint of \`${d.state}\` in the proof`,
  },
  'proof-signature': {
    kind: 'integrity',
    exit: EXIT.untrusted,
    message: (d: { state: string; key: string }) =>
      `the signature by \`${d.key}\` does not fit the checkpoint of \`${d.state}\` in the proof`,
  },
  'bad-base': {
    kind: 'integrity',
    message: (d: { name: string; events: number }) =>
      `the checkpoint of \`${d.name}\` offers event ${d.events} to go on from, where nothing is rebuilt`,
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
