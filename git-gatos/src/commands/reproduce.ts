import { driftReportValue, formatDriftReport } from 'gatos-core';
import {
  localRunners,
  type RecordedReceipt,
  type Reproduced,
  recordReceipt,
  reproduceExperiment,
  workError,
} from 'gatosd';
import { defineCommand } from '../command/index.js';
import type { Context } from '../context.js';
import type { Answer } from '../output/outcome.js';
import { counted } from '../view/count.js';
import { refusedUnverified } from './pox/verified.js';

export const command = defineCommand({
  name: 'reproduce',
  summary: 'run an experiment again, and compare what comes out',
  description: `
Verifies an experiment with all that it rests on, runs every job of it again in a fresh folder on the inputs and the program that are recorded, and
compares the outputs bit for bit. A signed receipt says what came out: in the repository when it trusts your key, else in a file.

When something drifted, the report names the first thing that differs in the order inputs, program, environment, outputs, with both digests, and shows how the
outputs differ; the exit status is 19. A different machine that gives the same outputs is told, and is no drift, unless \`--strict\` asks for it.
Lock files of the folder that you are in are compared with the recorded ones where they are there both times: a clean room needs none.

It needs no network. Programs of kind \`process\` need their interpreter on this machine.
`,
  positionals: [{ name: 'id', kind: 'text', summary: 'id of the experiment', complete: 'experiments' }],
  options: {
    keep: { kind: 'path', placeholder: 'DIR', summary: 'keep what came out in this folder', complete: 'directories' },
    strict: { kind: 'flag', summary: 'end with 19 for whatever differs, also where the outputs are the same' },
    pass: {
      kind: 'list',
      of: 'text',
      placeholder: 'NAME',
      summary: 'hand a variable of this machine on to jobs that were given it; its value is not recorded',
    },
    requireSandbox: { kind: 'flag', summary: 'run no process that cannot be confined' },
    noReceipt: { kind: 'flag', summary: 'sign nothing' },
    show: { kind: 'flag', summary: 'show what the programs print' },
  },
  examples: [{ command: 'git gatos reproduce 01J…', note: 'identical, or why not' }],
  exits: ['no', 'drifted', 'mismatch', 'untrusted', 'absent', 'missing', 'purged', 'unchecked', 'temporary'],
  seeAlso: ['verify', 'pox show'],
  run: async (context, { id, keep, noReceipt, show, strict, pass, requireSandbox }) => {
    const workspace = await context.openRepository();
    const { progress, signal } = context;
    const passed = Object.fromEntries(pass.map((name) => [name, variableOf(context, name)]));
    const refused = await refusedUnverified(context, workspace, { id, what: 'run' });
    if (refused !== null) return refused;
    const done = await reproduceExperiment(workspace, {
      id,
      keep,
      passed,
      runners: localRunners(workspace, { env: context.env, requireSandbox }),
      libraries: context.cwd,
      progress,
      signal,
      abort: signal,
      onOutput: (_, chunk) => {
        if (show) context.stderr.write(chunk);
      },
      onJob: ({ job, status, same, confined }, { done: number, total }) =>
        context.note(
          `job ${number} of ${total}, ${job}: ${status}, ${same ? 'identical' : 'NOT identical'}${confined ? '' : ', run UNCONFINED'}`,
        ),
    });
    const receipt = noReceipt
      ? null
      : await recordReceipt(workspace, done, { env: context.env, passphrase: context.prompt.passphrase });
    return answerOf(context, { done, receipt, strict });
  },
});

/** Throws `work/no-variable`. */
function variableOf({ env }: Context, name: string): string {
  const value = env[name];
  if (value === undefined) throw workError('no-variable', { name });
  return value;
}

interface Parts {
  readonly done: Reproduced;
  readonly receipt: RecordedReceipt | null;
  readonly strict: boolean;
}

function answerOf({ colour }: Context, { done, receipt, strict }: Parts): Answer {
  const { reproduction, differences, contents, jobs, kept } = done;
  const { verdict } = reproduction;
  // The receipt tells what came out; `--strict` is the wish of whoever asks.
  const exit = verdict === 'identical' && !(strict && differences.length > 0) ? 'ok' : 'drifted';
  const outputs = counted(jobs.length, 'job');
  const told = { identical: 'identical', drifted: 'DRIFTED', failed: 'FAILED to run as it was recorded' }[verdict];
  const head = `${exit === 'ok' ? colour.green('✓') : colour.red('✗')} ${colour.bold(told)}: ${outputs} run again${verdict === 'identical' && differences.length > 0 ? ', and yet something before the outputs differs' : ''}`;
  const failures = jobs.flatMap(({ job, failure }) => (failure === null ? [] : [`job ${job}: ${failure}`]));
  const drift = differences.length === 0 ? [] : [formatDriftReport({ differences, contents }).trimEnd()];
  return {
    exit,
    value: {
      verdict,
      experiment: reproduction.experiment,
      jobs: jobs.map(({ job, status, failure, same }) => ({ job: String(job), status, failure, same })),
      outputs_root: reproduction.outputs_root,
      environment_same: reproduction.environment_same,
      drift: driftReportValue({ differences, contents }),
      reproduction,
      kept,
      receipt: receiptValue(receipt),
    },
    text: [head, ...failures, ...drift, ...receiptLine(receipt)],
    ...(kept === null ? {} : { next: [`what came out is in ${kept}`] }),
  };
}

function receiptValue(receipt: RecordedReceipt | null) {
  if (receipt === null) return null;
  const { id } = receipt;
  return receipt.where === 'file' ? { id, path: receipt.path } : { id, cid: String(receipt.cid) };
}

function receiptLine(receipt: RecordedReceipt | null): readonly string[] {
  if (receipt === null) return [];
  return receipt.where === 'file'
    ? [
        `receipt: ${receipt.path}`,
        `signed by ${receipt.key}, ${receipt.madeKey ? 'a key that was made for it' : 'a key that this repository does not know'}`,
      ]
    : [`receipt: ${receipt.id}`];
}
