/** Faults of executing packets. */
import { errorArea } from 'gatos-core';

/** One check of a capability that did not pass. */
export interface FailedCheck {
  readonly name: string;
  readonly detail: string;
}

const why = (checks: readonly FailedCheck[]): string =>
  checks.map(({ name, detail }) => `${name}: ${detail}`).join('; ');

export const executeError = errorArea('execute', {
  /** The packet asks for a capability that whoever runs it did not lend to it. */
  'not-lent': {
    kind: 'denied',
    message: (d: { capability: string; lent: number }) =>
      `the packet asks for capability \`${d.capability}\`, which is not among the ${d.lent} that it may use`,
    hint: (d: { capability: string }) => `a packet uses what you let it use: \`--cap ${d.capability}\``,
  },
  denied: {
    kind: 'denied',
    message: (d: { capability: string; checks: readonly FailedCheck[] }) =>
      `capability \`${d.capability}\` does not hold for this: ${why(d.checks)}`,
    hint: (d: { capability: string }) => `\`git gatos cap show ${d.capability}\` shows all of it`,
  },
  /** A file that a description names. */
  unreadable: {
    kind: 'missing',
    message: (d: { path: string; why: string }) => `cannot read \`${d.path}\`: ${d.why}`,
  },
  /** The ledger knows that the tool was called, and not what it answered. */
  'no-response': {
    kind: 'unavailable',
    message: (d: { tool: string; effect: string }) =>
      `tool \`${d.tool}\` was called before, and the bytes of its answer are not recorded`,
    hint: (d: { effect: string }) => `\`git gatos effect show ${d.effect}\` says what is known`,
  },
});
