/** Faults of the policy plane: bundles, their adoption, and what is found when they are read again. */
import { EXIT, errorArea } from '../kernel/index.js';
import type { Diagnostic } from './language/index.js';

/** Where a bundle stands. */
interface At {
  readonly chain: string;
  /** Commit of the adoption. */
  readonly commit: string;
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

export const policyError = errorArea('policy', {
  'bad-file': {
    kind: 'input',
    message: (d: { path: string; why: string }) => `\`${d.path}\` cannot be part of a policy: ${d.why}`,
    hint: () => 'a policy is made of `.rgs` files, `*_test.rgs` files and decisions in Markdown (`.md`)',
  },
  'bundle-too-large': {
    kind: 'limit',
    message: (d: { what: string; bytes: number; limit: number }) =>
      `${d.what} of the policy have ${d.bytes} bytes, the limit is ${d.limit}`,
  },
  'does-not-compile': {
    kind: 'input',
    /** `shown`: each finding as a person reads it, with its line and a caret. */
    message: (d: { diagnostics: readonly Diagnostic[]; shown: readonly string[] }) => {
      const errors = d.diagnostics.filter(({ severity }) => severity === 'error');
      const [first] = errors;
      const where = first === undefined ? '' : `, the first at ${first.file}:${first.line}:${first.column}`;
      return `the policy does not compile: ${count(errors.length, 'error')}${where}`;
    },
    hint: () => 'see them all: `git gatos policy check`',
  },
  'bad-adoption': {
    kind: 'input',
    message: (d: { why: string }) => `the policy cannot be adopted: ${d.why}`,
  },
  'nothing-new': {
    kind: 'input',
    message: (d: { policy_root: string }) => `the policy in force (\`${d.policy_root}\`) is this one already`,
  },
  'behind-trust': {
    kind: 'conflict',
    message: (d: { clock: number; trust: number }) =>
      `the adoption was made for place ${d.clock} in history, and trust has changed since, at place ${d.trust}`,
    hint: () => 'make it again and collect the signatures anew: who decides may be others by now',
  },
  'no-such-policy': {
    kind: 'missing',
    message: (d: { policy_root: string }) => `no adopted policy has the root \`${d.policy_root}\` in this clone`,
    hint: () => 'bring the policies here: `git gatos sync`',
  },
  altered: {
    kind: 'integrity',
    exit: EXIT.mismatch,
    message: (d: At & { why: string }) =>
      `the policy in \`${d.commit}\` on \`${d.chain}\` is not what it claims to be: ${d.why}`,
  },
  'other-code': {
    kind: 'integrity',
    exit: EXIT.mismatch,
    message: (d: At & { claimed: string; computed: string }) =>
      `the sources in \`${d.commit}\` on \`${d.chain}\` compile to \`${d.computed}\`, and \`${d.claimed}\` was adopted`,
    hint: () => 'what was signed as the law is not what its sources say; ask the roots who signed it',
  },
  'newer-language': {
    kind: 'unsupported',
    message: (d: { language: number; known: number }) =>
      `the policy is written in version ${d.language} of the language, this program knows version ${d.known}`,
    hint: () => 'update git-gatos',
  },
  'not-alone': {
    kind: 'integrity',
    message: (d: { chain: string; count: number }) =>
      `an envelope on \`${d.chain}\` holds ${d.count} records; there each stands alone`,
  },
});
