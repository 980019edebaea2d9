/** Faults of compiled policies. */
import { errorArea } from '../../kernel/index.js';

export const policyCodeError = errorArea('policy-code', {
  /** The bytes are not those of a compiled policy. */
  shape: {
    kind: 'integrity',
    message: (d: { path: string; why: string }) =>
      `compiled policy: ${d.path === '' ? 'it' : `\`${d.path}\``} ${d.why}`,
    hint: () => 'compile the policy again from its sources with `git gatos policy compile`',
  },
});
