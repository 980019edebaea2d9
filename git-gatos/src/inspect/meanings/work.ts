/** Records of jobs and experiments. */
import { type KindMeaning, meaning } from './meaning.js';

export const WORK: Readonly<Record<string, KindMeaning>> = {
  'job.manifest': meaning({
    does: 'a job: what is to be run, on what; its digest is the id of the job',
    spec: 'docs/SPEC.md 3.8',
    fields: `
program: what is run
program.kind: how: quickjs, wasm, process or container
program.ref: the program by name, or an image by digest
program.entry: the file at which it starts
program.args: its arguments
program.env: variables that it sees
program.files: files of the program
program.files[].path: where it finds the file
program.files[].cid: digest of the file
program.files[].size: its bytes
program.files[].executable: may it be run?
inputs: what it reads
inputs[].name: path of the input
inputs[].cid: digest of its bytes
inputs[].size: its bytes
inputs[].blob: the blob in which it is kept, where it is large
inputs[].source: where it comes from
inputs[].source.path: path it was taken from
inputs[].source.state: state that it is
inputs[].source.job: job that gave it
outputs: patterns of what it is to give
libraries: folders that it reads, recorded by digest
limits: what it may take
limits.time_ms: milliseconds
limits.memory_bytes: bytes of memory
limits.output_bytes: bytes of all outputs
network: may it reach the network?
policy_root: the policy in force
nonce: told apart from the same job run before
effect: the effect on the outside world that it has
effect.tool: through which tool
effect.idempotency_key: by which it is had at most once
`,
  }),
  'job.claim': meaning({
    does: 'a claim: a worker holds a job until its lease ends',
    spec: 'docs/SPEC.md 3.8',
    fields: `
job: id of the job
worker: who holds it
lease_until: until when
attempt: number of the attempt
state: taken, renewed or released
`,
  }),
  'job.result': meaning({
    does: 'the one outcome of a job',
    spec: 'docs/SPEC.md 3.8',
    fields: `
job: id of the job
status: how it ended
poe: record of the Proof-of-Execution
reason: why it was cancelled
`,
  }),
  'job.execution': meaning({
    does: 'a Proof-of-Execution: what was run where, and what came out',
    spec: 'docs/SPEC.md 2.7',
    fields: `
job: id of the job
attempt: number of the attempt
inputs_root: digest over all inputs
program_id: digest over the program
outputs_root: digest over all outputs
outputs: what it gave
outputs[].path: path of the file
outputs[].cid: digest of its bytes
outputs[].size: its bytes
outputs[].blob: the blob in which it is kept, where it is large
status: how it ended
exit: exit status of the process
signal: signal that ended it
failure: why it did not succeed
started: when it began
finished: when it ended
environment: the machine and what confined the job
environment.runner: which runner
environment.engine: version of the engine
environment.os: operating system
environment.arch: processor
environment.tools: programs that were used
environment.tools[].name: name
environment.tools[].version: version
environment.tools[].digest: digest of the file
environment.libraries: folders that it read
environment.libraries[].path: path
environment.libraries[].version: version
environment.libraries[].digest: digest of all files
environment.lockfiles: lockfiles beside the program
environment.lockfiles[].path: path
environment.lockfiles[].digest: digest
environment.sandbox: what confined it
environment.sandbox.kind: by what
environment.sandbox.network: was the network reachable?
environment.sandbox.files: which files it could reach
environment.variables: digests of the variables that it saw
environment.passed: names of variables that were passed on
environment.checkout: the working tree it was started from
environment.checkout.head: commit
environment.checkout.modified: were there changes?
stdout: digest of what was kept of standard output
stderr: digest of what was kept of standard error
logs: bytes of the two streams
logs.stdout: bytes kept of standard output
logs.stderr: bytes kept of standard error
logs.dropped: bytes that were not kept
policy_root: the policy in force
policy_code_root: digest of its compiled form
`,
  }),
  'experiment.proof': meaning({
    does: 'a Proof-of-Experiment: the jobs and states of an experiment, as one claim that can be run again',
    spec: 'docs/SPEC.md 2.7',
    fields: `
ulid: id of the experiment
title: what it is called
inputs_root: digest over what came from outside
program_id: digest over all programs
policy_root: the policy in force
policy_code_root: digest of its compiled form
outputs_root: digest over all outputs
poe: root over the Proofs-of-Execution
jobs: the jobs, in order
jobs[].job: id of the job
jobs[].execution: its Proof-of-Execution
jobs[].poe: its Proof-of-Execution
pof: root over the Proofs-of-Fold
states: checkpoints that it rests on
states[].name: name of the state
states[].checkpoint: record of the checkpoint
pointers: bytes that are kept elsewhere
dirty: was anything changed that is not recorded?
notes: in the words of the author
`,
  }),
  'experiment.reproduction': meaning({
    does: 'a receipt: who ran an experiment again, and what came out',
    spec: 'docs/SPEC.md 2.7',
    fields: `
ulid: id of the receipt
experiment: id of the experiment
pox: record of the Proof-of-Experiment
verdict: identical, equivalent or drifted
outputs_root: digest over what came out
jobs: each job that was run again
jobs[].job: id of the job
jobs[].status: how it ended
jobs[].outputs_root: digest over what it gave
differences: what differs
differences[].where: in what
differences[].job: of which job
differences[].name: of which file
differences[].recorded: as it was recorded
differences[].reproduced: as it came out
differences[].detail: where in the file
environment_same: was it the same environment?
started: when it began
finished: when it ended
`,
  }),
};
