/** Faults of the job plane. */
import { EXIT, errorArea } from '../kernel/index.js';

export const jobError = errorArea('jobs', {
  name: {
    kind: 'input',
    message: (d: { id: string }) => `\`${d.id}\` is not the id of a job`,
    hint: () => '`git gatos job list` lists them',
  },
  'no-such-job': {
    kind: 'missing',
    message: (d: { id: string }) => `there is no job \`${d.id}\` here`,
    hint: () => '`git gatos job list` lists them; `git gatos sync` brings those of others',
  },
  'not-run': {
    kind: 'missing',
    message: (d: { job: string }) => `job \`${d.job}\` was not run`,
    hint: (d: { job: string }) => `\`git gatos job show ${d.job}\` says how it stands`,
  },
  'no-such-output': {
    kind: 'missing',
    message: (d: { job: string; path: string }) => `job \`${d.job}\` gave no \`${d.path}\``,
    hint: (d: { job: string }) => `\`git gatos job show ${d.job}\` lists its outputs`,
  },
  'bad-manifest': {
    kind: 'input',
    message: (d: { why: string }) => `this is no job that can be run: ${d.why}`,
  },
  'bad-file': {
    kind: 'input',
    message: (d: { path: string; why: string }) => `\`${d.path}\` cannot be a file of a job: it ${d.why}`,
  },
  'bad-lease': {
    kind: 'input',
    message: (d: { ms: number; limit: number }) =>
      `a lease lasts a whole number of milliseconds from 1 to ${d.limit}, not ${d.ms}`,
  },
  'bad-job': {
    kind: 'integrity',
    message: (d: { job: string; why: string }) => `job \`${d.job}\` does not hold: ${d.why}`,
    exit: EXIT.mismatch,
  },
  misplaced: {
    kind: 'integrity',
    message: (d: { chain: string; why: string }) => `what stands in \`${d.chain}\` has no place there: ${d.why}`,
  },
  'bad-execution': {
    kind: 'integrity',
    message: (d: { job: string; why: string }) => `the Proof-of-Execution of job \`${d.job}\` does not hold: ${d.why}`,
    exit: EXIT.mismatch,
  },
  'bad-result': {
    kind: 'integrity',
    message: (d: { job: string; why: string }) => `the result of job \`${d.job}\` does not hold: ${d.why}`,
    exit: EXIT.mismatch,
  },
  'bad-claim': {
    kind: 'integrity',
    message: (d: { job: string; why: string }) => `the claims of job \`${d.job}\` do not hold: ${d.why}`,
    exit: EXIT.mismatch,
  },
  held: {
    kind: 'conflict',
    message: (d: { job: string; worker: string; until: string }) =>
      `job \`${d.job}\` is held by \`${d.worker}\` until ${d.until}`,
  },
  done: {
    kind: 'conflict',
    message: (d: { job: string; status: string }) => `job \`${d.job}\` is done already: ${d.status}`,
    hint: () => '`git gatos job show` shows its result',
  },
  'lost-lease': {
    kind: 'conflict',
    message: (d: { job: string; holder: string }) =>
      `the lease of job \`${d.job}\` was lost to \`${d.holder}\`: this result is not recorded`,
  },
  altered: {
    kind: 'integrity',
    message: (d: { path: string; want: string; found: string }) =>
      `the bytes of \`${d.path}\` are not those that were recorded: \`${d.want}\` is recorded, \`${d.found}\` is there`,
    exit: EXIT.mismatch,
  },
  'too-many': {
    kind: 'limit',
    message: (d: { count: number; limit: number }) => `a job takes and gives at most ${d.limit} files, not ${d.count}`,
    hint: () => 'put them into an archive',
  },
  'too-large': {
    kind: 'limit',
    message: (d: { what: string; size: number; limit: number }) =>
      `${d.what} has ${d.size} bytes, the limit is ${d.limit}`,
  },
});
