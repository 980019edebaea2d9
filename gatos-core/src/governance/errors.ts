/** Faults of governance: what was proposed, who agreed, and whether that still holds. */
import { EXIT, errorArea } from '../kernel/index.js';

export const governanceError = errorArea('governance', {
  quorum: {
    kind: 'input',
    /** `where` is the column from 1; `hint` says what to write in its place. */
    message: (d: { what: string; where: number; hint: string }) =>
      `the quorum expression is wrong at column ${d.where}: ${d.what}`,
    hint: (d: { hint: string }) => d.hint,
  },
  name: {
    kind: 'input',
    message: (d: { id: string }) => `\`${d.id}\` is not the id of a proposal: that is a ULID of 26 characters`,
    hint: () => '`git gatos proposals` lists them',
  },
  'bad-record': {
    kind: 'input',
    message: (d: { what: string; why: string }) => `the ${d.what} cannot be recorded: ${d.why}`,
  },
  misplaced: {
    kind: 'integrity',
    message: (d: { chain: string; why: string }) => `what stands in \`${d.chain}\` has no place there: ${d.why}`,
  },
  'no-such-proposal': {
    kind: 'missing',
    message: (d: { id: string }) => `there is no valid proposal \`${d.id}\` here`,
    hint: () => '`git gatos proposals` lists them',
  },
  'no-such-grant': {
    kind: 'missing',
    message: (d: { grant: string }) => `there is no valid grant \`${d.grant}\` here`,
    hint: () => '`git gatos proposals` lists what was granted',
  },
  'no-such-target': {
    kind: 'missing',
    message: (d: { kind: string; target: string }) =>
      `there is no ${d.kind} \`${d.target}\` here that could be revoked`,
  },
  closed: {
    kind: 'conflict',
    exit: EXIT.no,
    message: (d: { id: string; state: string; why: string }) => `proposal \`${d.id}\` is ${d.state}: ${d.why}`,
    hint: () => 'propose it anew',
  },
  'no-voice': {
    kind: 'denied',
    message: (d: { actor: string; quorum: string }) => `\`${d.actor}\` has no voice in \`${d.quorum}\``,
  },
  'approval-revoked': {
    kind: 'conflict',
    exit: EXIT.expired,
    message: (d: { actor: string; id: string }) => `\`${d.actor}\` has revoked the approval of \`${d.id}\``,
    hint: () => 'an approval is given once; for another one, propose it anew',
  },
  occupied: {
    kind: 'conflict',
    message: (d: { chain: string; why: string }) => `\`${d.chain}\` is taken already: ${d.why}`,
  },
  'quorum-not-met': {
    kind: 'denied',
    exit: EXIT.waiting,
    message: (d: { id: string; missing: string; may: readonly string[] }) =>
      `proposal \`${d.id}\` lacks approvals: ${d.missing}`,
    hint: (d: { may: readonly string[] }) =>
      d.may.length === 0 ? 'nobody can give what is missing' : `these may still approve: ${d.may.join(', ')}`,
  },
  'not-entitled': {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { actor: string; kind: string; target: string; who: string }) =>
      `\`${d.actor}\` may not revoke the ${d.kind} \`${d.target}\`: ${d.who}`,
  },
  'not-a-service': {
    kind: 'denied',
    exit: EXIT.untrusted,
    message: (d: { actor: string; chain: string }) =>
      `\`${d.actor}\` records the use of a grant in \`${d.chain}\`, which is for a service that guards a gate`,
  },
  'cannot-use': {
    kind: 'denied',
    message: (d: { grant: string; state: string; why: string }) => `grant \`${d.grant}\` is ${d.state}: ${d.why}`,
  },
  'bad-approval': {
    kind: 'integrity',
    message: (d: { chain: string; why: string }) => `the approval in \`${d.chain}\` counts for nothing: ${d.why}`,
  },
  'bad-consensus': {
    kind: 'integrity',
    message: (d: { chain: string; field: string; why: string }) =>
      `the proof of consensus in \`${d.chain}\` does not hold, field \`${d.field}\`: ${d.why}`,
  },
  'bad-grant': {
    kind: 'integrity',
    message: (d: { chain: string; field: string; why: string }) =>
      `the grant in \`${d.chain}\` does not hold, field \`${d.field}\`: ${d.why}`,
  },
  'bad-revocation': {
    kind: 'integrity',
    message: (d: { chain: string; why: string }) => `the revocation in \`${d.chain}\` counts for nothing: ${d.why}`,
  },
  'bad-use': {
    kind: 'integrity',
    message: (d: { chain: string; why: string }) => `the uses in \`${d.chain}\` do not fit their grant: ${d.why}`,
  },
  'too-many': {
    kind: 'limit',
    message: (d: { count: number; limit: number }) =>
      `there are ${d.count} governance refs here, the limit is ${d.limit}`,
  },
});
