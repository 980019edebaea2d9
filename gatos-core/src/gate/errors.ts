/** Faults that the gate itself finds, beyond what chains, trust and the planes say of what they hold. */
import { EXIT, errorArea } from '../kernel/index.js';

export const gateError = errorArea('gate', {
  'bad-push': {
    kind: 'input',
    message: (d: { why: string }) => `this is no push: ${d.why}`,
  },
  limit: {
    kind: 'limit',
    message: (d: { what: string; count: number; limit: number }) => `${d.what}: ${d.count}, the limit is ${d.limit}`,
    hint: () => 'push in parts',
  },
  'could-not-check': {
    kind: 'unavailable',
    message: (d: { why: string }) => `the push could not be checked: ${d.why}`,
  },
  deletion: {
    kind: 'denied',
    exit: EXIT.rewritten,
    message: (d: { ref: string; movement: string }) => `\`${d.ref}\` is ${d.movement} and is never deleted`,
    hint: () => 'what was recorded stays; record what is to be from now on in another envelope',
  },
  'never-pushed': {
    kind: 'denied',
    exit: EXIT.denied,
    message: (d: { ref: string }) => `\`${d.ref}\` is rebuildable and stays where it is made`,
    hint: () => 'leave it out of the push; every clone makes its own',
  },
  moved: {
    kind: 'conflict',
    message: (d: { ref: string; said: string | null; found: string | null }) =>
      `\`${d.ref}\` stands at \`${d.found ?? 'nothing'}\`, the push was made for \`${d.said ?? 'nothing'}\``,
    hint: () => 'somebody else was first: `git gatos sync`, and push again',
  },
  'look-alike': {
    kind: 'denied',
    exit: EXIT.denied,
    message: (d: { ref: string }) => `\`${d.ref}\` would be taken for a ref below \`refs/gatos/\` on some file systems`,
    hint: () => 'choose another name',
  },
  unfounded: {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { ref: string }) =>
      `\`${d.ref}\` cannot be judged: there is no trust chain here, and none in the push`,
    hint: () => 'push `refs/gatos/trust` with it: `git gatos sync` does',
  },
  'clock-ahead': {
    kind: 'denied',
    exit: EXIT.denied,
    message: (d: { cid: string; chain: string; clock: number; most: number; space: string }) =>
      `envelope \`${d.cid}\` on \`${d.chain}\` claims place ${d.clock} in history; ${d.most} is the furthest in ${d.space}`,
    hint: () => '`git gatos sync`, which brings what others recorded, then record it again',
  },
  'time-ahead': {
    kind: 'denied',
    exit: EXIT.denied,
    message: (d: { cid: string; chain: string; ahead: number; limit: number }) =>
      `envelope \`${d.cid}\` on \`${d.chain}\` is signed for a time ${d.ahead} seconds ahead of this machine; ${d.limit} are allowed`,
    hint: () => 'set the clock of the machine that wrote it, then record it again',
  },
  sealed: {
    kind: 'denied',
    exit: EXIT.denied,
    message: (d: { cid: string; chain: string; clock: number; sealed: number; state: string }) =>
      `envelope \`${d.cid}\` on \`${d.chain}\` has place ${d.clock} in history, and \`${d.state}\` has sealed everything up to ${d.sealed}`,
    hint: () => '`git gatos sync`, then emit again: what is new goes behind the seal',
  },
  unsealed: {
    kind: 'denied',
    exit: EXIT.denied,
    message: (d: { state: string; on: string; why: string }) =>
      `a checkpoint on \`${d.state}\` does not seal \`${d.on}\`: ${d.why}`,
    hint: () => '`git gatos sync`, and fold again: `git gatos fold run NAME`',
  },
  'revoked-now': {
    kind: 'denied',
    exit: EXIT.expired,
    message: (d: { cid: string; chain: string; key: string; reason: string }) =>
      `envelope \`${d.cid}\` on \`${d.chain}\` is signed by \`${d.key}\`, which is revoked now (${d.reason}), whatever place it claims`,
    hint: () => 'record it again with a key that is valid',
  },
  'unknown-profile': {
    kind: 'unsupported',
    message: (d: { profile: string }) => `this program does not know the profile \`${d.profile}\``,
    hint: () => 'update git-gatos',
  },
});
