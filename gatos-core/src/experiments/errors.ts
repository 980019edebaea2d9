/** Faults of the experiment plane. */
import { EXIT, errorArea } from '../kernel/index.js';

export const experimentError = errorArea('experiments', {
  name: {
    kind: 'input',
    message: (d: { id: string }) => `\`${d.id}\` is not the id of an experiment: that is a ulid`,
    hint: () => '`git gatos pox list` lists them',
  },
  'no-such-experiment': {
    kind: 'missing',
    message: (d: { id: string }) => `there is no experiment \`${d.id}\` here`,
    hint: () => '`git gatos pox list` lists them; `git gatos sync` brings those of others',
  },
  'no-such-receipt': {
    kind: 'missing',
    message: (d: { id: string }) => `there is no reproduction receipt \`${d.id}\` here`,
    hint: () => '`git gatos pox show ID` lists the receipts of an experiment',
  },
  'job-missing': {
    kind: 'integrity',
    exit: EXIT.absent,
    message: (d: { id: string; job: string }) => `job \`${d.job}\` of experiment \`${d.id}\` is not here`,
    hint: () => 'an experiment travels with its jobs: `git gatos sync` sends and brings them together',
  },
  'no-proof': {
    kind: 'integrity',
    exit: EXIT.absent,
    message: (d: { id: string; job: string }) =>
      `there is no Proof-of-Execution of job \`${d.job}\`, which experiment \`${d.id}\` needs`,
    hint: (d: { job: string }) =>
      `an experiment travels with \`refs/gatos/audit/jobs/${d.job}\`; \`git gatos job show ${d.job}\` says whether it was run`,
  },
  pointers: {
    kind: 'unavailable',
    exit: EXIT.purged,
    message: (d: { id: string; count: number }) =>
      `experiment \`${d.id}\` rests on ${d.count} opaque pointers, which this version cannot resolve`,
    hint: () => 'verify it with a version of git-gatos that resolves pointers',
  },
  'bad-receipt': {
    kind: 'integrity',
    exit: EXIT.mismatch,
    message: (d: { id: string; why: string }) => `the reproduction receipt \`${d.id}\` does not hold: ${d.why}`,
  },
  misplaced: {
    kind: 'integrity',
    message: (d: { chain: string; why: string }) => `what stands in \`${d.chain}\` has no place there: ${d.why}`,
  },
  'no-jobs': {
    kind: 'input',
    message: () => 'an experiment without a job proves nothing',
    hint: () => '`git gatos run` records a job',
  },
  'not-run': {
    kind: 'input',
    message: (d: { job: string }) => `job \`${d.job}\` has not been run to its end`,
    hint: () => '`git gatos job work` runs what is submitted; `git gatos job list` lists how jobs stand',
  },
  'failed-job': {
    kind: 'input',
    message: (d: { job: string; status: string }) =>
      `job \`${d.job}\` is ${d.status}: an experiment is made of jobs that succeeded`,
    hint: (d: { job: string }) => `\`git gatos job show ${d.job}\` says why`,
  },
  dirty: {
    kind: 'input',
    message: (d: { inputs: string }) =>
      `\`${d.inputs}\` differed from what is committed when it was read, so others could not tell which one it was`,
    hint: () => 'commit it and run the job again, or record it as it was with `--allow-dirty`',
  },
  'bad-record': {
    kind: 'input',
    message: (d: { why: string }) => `the experiment cannot be recorded: ${d.why}`,
  },
  'other-job': {
    kind: 'integrity',
    message: (d: { job: string; why: string }) => `the records of job \`${d.job}\` do not belong together: ${d.why}`,
    exit: EXIT.mismatch,
  },
  'bad-proof': {
    kind: 'integrity',
    message: (d: { id: string; why: string }) => `the Proof-of-Experiment \`${d.id}\` does not hold: ${d.why}`,
    exit: EXIT.mismatch,
  },
  receipt: {
    kind: 'input',
    message: (d: { why: string }) => `this is no reproduction receipt: ${d.why}`,
  },
  'receipt-unsigned': {
    kind: 'integrity',
    message: () => 'the reproduction receipt has no signature',
    exit: EXIT.absent,
  },
  'receipt-signature': {
    kind: 'integrity',
    message: (d: { key: string }) => `the signature by \`${d.key}\` does not fit the reproduction receipt`,
    exit: EXIT.untrusted,
  },
  'receipt-key': {
    kind: 'integrity',
    message: (d: { keys: string; wanted: string }) => `the receipt is signed by ${d.keys}, not by \`${d.wanted}\``,
    exit: EXIT.untrusted,
  },
  'receipt-other': {
    kind: 'integrity',
    message: (d: { pox: string; wanted: string }) =>
      `the receipt is about the Proof-of-Experiment \`${d.pox}\`, not about \`${d.wanted}\``,
    exit: EXIT.mismatch,
  },
});
