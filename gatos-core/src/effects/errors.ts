/** Faults of the effect plane. */
import { EXIT, errorArea } from '../kernel/index.js';

interface Keyed {
  /** Idempotency id in hexadecimal. */
  readonly id: string;
}

interface Resolvable extends Keyed {
  /** Whose approvals a resolution takes, as `propose --quorum` takes it. */
  readonly quorum: string;
}

const proposing = ({ id, quorum }: Resolvable): string =>
  `git gatos propose --action effect.resolve --target ${id} --quorum '${quorum}' --reason TEXT`;
const resolving = (d: Resolvable): string =>
  `find out whether it acted, then ask for a grant: ${proposing(d)}; with it, \`git gatos effect resolve\``;
const looking = ({ id }: Keyed): string => `\`git gatos effect show ${id}\` shows what is recorded`;

export const effectError = errorArea('effects', {
  'idempotency-conflict': {
    kind: 'conflict',
    message: (d: Keyed & { recorded: string; asked: string }) =>
      `this key was used for another request: \`${d.id}\` is of request ${d.recorded}, not of ${d.asked}. Nothing was invoked, and the id is divergent now`,
    hint: (d: Keyed) => `another request takes another key; ${looking(d)}`,
    exit: EXIT.divergence,
  },
  divergent: {
    kind: 'conflict',
    message: (d: Resolvable & { why: string }) => `effect \`${d.id}\` is divergent (${d.why}), so nothing was invoked`,
    hint: (d: Resolvable) => `${looking(d)}; it stays so until it is resolved: ${resolving(d)}`,
    exit: EXIT.divergence,
  },
  'non-deterministic': {
    kind: 'conflict',
    message: (d: Keyed & { recorded: string; answered: string }) =>
      `effect \`${d.id}\` was invoked twice and answered differently: ${d.recorded} is recorded, ${d.answered} came now`,
    hint: (d: Keyed) => `${looking(d)}; it is divergent until it is resolved`,
    exit: EXIT.divergence,
  },
  'outcome-unknown': {
    kind: 'conflict',
    message: (d: Resolvable & { why: string }) =>
      `nobody knows whether effect \`${d.id}\` acted (${d.why}), and its tool may not be invoked twice: nothing was invoked`,
    hint: (d: Resolvable) => resolving(d),
    exit: EXIT.unchecked,
  },
  /** The tool was invoked just now, and did not come back with an answer. */
  'no-answer': {
    kind: 'conflict',
    message: (d: { id: string | null; why: string }) =>
      `the tool may have acted, and gave no answer: ${d.why}${d.id === null ? '' : `. Effect \`${d.id}\` has no outcome`}`,
    hint: (d: { id: string | null; retrySafe: boolean; quorum: string }) => {
      if (d.retrySafe) return 'the tool says that it may be invoked again: repeat the call';
      return d.id === null
        ? 'find out whether it acted before you call again'
        : resolving({ id: d.id, quorum: d.quorum });
    },
    exit: EXIT.unchecked,
  },
  /** The tool certainly did not act. */
  'not-started': {
    kind: 'unavailable',
    message: (d: { why: string }) => `the tool could not be invoked, and did nothing: ${d.why}`,
    hint: () => 'mend that, and repeat the call',
    exit: EXIT.temporary,
  },
  discarded: {
    kind: 'conflict',
    message: (d: Keyed) => `effect \`${d.id}\` was closed by a resolution, so nothing was invoked`,
    hint: () => 'call with another key',
    exit: EXIT.divergence,
  },
  'acted-without-receipt': {
    kind: 'conflict',
    message: (d: Keyed) =>
      `effect \`${d.id}\` has acted, as a resolution says, and there is no receipt of it: nothing was invoked`,
    hint: (d: Keyed) => `${looking(d)}; a new effect takes another key`,
    exit: EXIT.divergence,
  },
  held: {
    kind: 'conflict',
    message: (d: Keyed & { owner: string; until: string }) =>
      `effect \`${d.id}\` is being invoked by ${d.owner}, whose lease ends at ${d.until}: nothing was invoked here`,
    hint: () => 'repeat the call, or wait longer with --wait',
  },
  'lost-lease': {
    kind: 'conflict',
    message: (d: Keyed & { receipt: string }) =>
      `the lease on effect \`${d.id}\` was lost while the tool ran: its answer is kept as receipt ${d.receipt}, and is not the outcome`,
    hint: (d: Keyed) => looking(d),
  },
  'bad-lease': {
    kind: 'input',
    message: (d: { ms: number; limit: number }) =>
      `a lease lasts a whole number of milliseconds from 1 to ${d.limit}, not ${d.ms}`,
  },
  'bad-id': {
    kind: 'input',
    message: (d: { id: string }) => `\`${d.id}\` is no id of an effect or a receipt`,
    hint: () => 'an id has 64 hexadecimal digits; `git gatos effect history` lists them',
  },
  'no-such-effect': {
    kind: 'missing',
    message: (d: { id: string }) => `there is no effect \`${d.id}\` here`,
    hint: () => '`git gatos effect history` lists them; `git gatos sync` brings those of others',
  },
  'response-gone': {
    kind: 'unavailable',
    message: (d: Keyed & { hash: string }) => `the response ${d.hash} of effect \`${d.id}\` is recorded, but not here`,
    hint: () => '`git gatos sync` brings what a clone has not',
    exit: EXIT.purged,
  },
  'too-large': {
    kind: 'limit',
    message: (d: { what: string; size: number; limit: number }) =>
      `${d.what} has ${d.size} bytes, the limit is ${d.limit}`,
  },
  misplaced: {
    kind: 'integrity',
    message: (d: { chain: string; why: string }) => `what stands in \`${d.chain}\` has no place there: ${d.why}`,
  },
  'bad-entry': {
    kind: 'integrity',
    message: (d: Keyed & { seq: number; why: string }) => `record ${d.seq} of effect \`${d.id}\` ${d.why}`,
    exit: EXIT.mismatch,
  },
  'nothing-to-resolve': {
    kind: 'conflict',
    message: (d: Keyed & { state: string }) => `effect \`${d.id}\` is ${d.state}: there is nothing to resolve`,
    hint: (d: Keyed) => looking(d),
    exit: EXIT.no,
  },
  'bad-resolution': {
    kind: 'input',
    message: (d: Keyed & { why: string }) => `effect \`${d.id}\` cannot be resolved like this: ${d.why}`,
    hint: (d: Keyed) => looking(d),
  },
  'not-granted': {
    kind: 'denied',
    message: (d: Resolvable & { grant: string; why: string }) =>
      `grant \`${d.grant}\` does not let effect \`${d.id}\` be resolved: ${d.why}`,
    hint: (d: Resolvable) => `${proposing(d)}, then \`git gatos approve\` and \`git gatos grant\``,
  },
  'grant-unread': {
    kind: 'unavailable',
    message: (d: Keyed & { grant: string; why: string }) =>
      `whether grant \`${d.grant}\` let effect \`${d.id}\` be resolved cannot be told: ${d.why}`,
    exit: EXIT.unchecked,
  },
});
