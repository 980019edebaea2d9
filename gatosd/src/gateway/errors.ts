/** Faults of the gateway. Each says what was not done. */
import { EXIT, errorArea } from 'gatos-core';

/** One check of a capability, for a person. */
export interface ToldCheck {
  readonly name: string;
  readonly outcome: string;
  readonly detail: string;
}

export const gatewayError = errorArea('gateway', {
  denied: {
    kind: 'denied',
    message: (d: { tool: string; capability: string; checks: readonly ToldCheck[] }) =>
      `capability \`${d.capability.slice(0, 16)}…\` does not allow this call of \`${d.tool}\`, so nothing was invoked: ${failing(d.checks)}`,
    hint: (d: { capability: string }) => `\`git gatos cap show ${d.capability}\` shows what it allows`,
  },
  'no-capability': {
    kind: 'denied',
    message: (d: { tool: string; key: string }) =>
      `no capability allows ${d.key} to call \`${d.tool}\`, so nothing was invoked`,
    hint: (d: { tool: string; key: string }) =>
      `somebody of the group \`cap-tool\` issues one: git gatos cap issue --subject ${d.key} --tool ${d.tool} --max-calls 100 --for 7d`,
  },
  /** The effect has happened, and is recorded. */
  'answer-refused': {
    kind: 'integrity',
    message: (d: { tool: string; receipt: string; why: string }) =>
      `\`${d.tool}\` was invoked, and its answer is not what it declares: ${d.why}. The receipt is ${d.receipt}`,
    hint: (d: { receipt: string }) =>
      `the effect has happened: \`git gatos effect show ${d.receipt}\` shows the answer; mend the tool, and declare it anew`,
    exit: EXIT.mismatch,
  },
  'not-recorded': {
    kind: 'unavailable',
    message: (d: { tool: string; status: number; why: string }) =>
      `\`${d.tool}\` was invoked and answered with status ${d.status}, which could not be recorded: ${d.why}`,
    hint: () => 'the effect has happened; find out what it did before you call again',
    exit: EXIT.temporary,
  },
  'key-without': {
    kind: 'input',
    message: () => 'an idempotency key has 1 byte at least; leave it out for a call that is not repeated',
  },
});

function failing(checks: readonly ToldCheck[]): string {
  const bad = checks.filter(({ outcome }) => outcome !== 'pass');
  return bad.map(({ name, detail }) => `${name}: ${detail}`).join('; ');
}
