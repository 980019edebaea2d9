/** Faults of the input document. */
import { errorArea } from '../../kernel/index.js';

export const policyInputError = errorArea('policy-input', {
  /** The value is not an input document. */
  shape: {
    kind: 'input',
    message: (d: { path: string; why: string; hint: string | null }) => `\`${d.path}\` ${d.why}`,
    hint: (d: { hint: string | null }) => d.hint ?? 'the fields of `input` are those of docs/policy-input.schema.json',
  },
});
