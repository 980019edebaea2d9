/** Faults of verifying a repository as a whole. */
import { errorArea } from '../kernel/index.js';

export const verifyError = errorArea('verify', {
  'no-trust': {
    kind: 'unavailable',
    message: (d: { chain: string; why: string }) =>
      `who may write to \`${d.chain}\` could not be judged without the trust chain: ${d.why}`,
  },
  'rests-on': {
    kind: 'unavailable',
    message: (d: { chain: string; on: string; code: string }) =>
      `the proofs on \`${d.chain}\` rest on \`${d.on}\`, which does not verify (${d.code})`,
    hint: (d: { on: string }) => `mend \`${d.on}\` first, for example from another clone`,
  },
});
