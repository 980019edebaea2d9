import { type LocalRun, localRunners, runHere } from 'gatosd';
import { defineCommand } from '../command/index.js';
import type { Context } from '../context.js';
import type { Answer } from '../output/outcome.js';
import { relayedStatus } from '../view/job.js';
import { commandRequest, JOB_OPTIONS } from './job/options.js';

export const command = defineCommand({
  name: 'run',
  summary: 'run a command, and record what makes it checkable',
  description: `
Runs a command in a fresh folder that holds its declared inputs and the files of the program, and nothing else. Its outputs are put
into the folder you are in when it succeeds. What it was given, what ran it and what it gave are recorded with a signed Proof-of-Execution,
so that \`git gatos reproduce\` can run it again from a clone.

Files that the arguments name are taken as files of the program, unless they are inputs or outputs; modules that it imports are named with
\`--program\`. What it prints goes where it would go, and its exit status is that of this command; 124 when it was stopped for its time, 128 and the number
of the signal when one ended it. With \`--json\` all that it prints goes to standard error.

Where bubblewrap is installed, the program can write to its folder alone and has no network; the record says how it was confined.
`,
  options: {
    ...JOB_OPTIONS,
    requireSandbox: { kind: 'flag', summary: 'run no process that cannot be confined' },
  },
  positionals: [
    { kind: 'rest', name: 'command', of: 'text', min: 1, summary: 'the command and its arguments, after `--`' },
  ],
  examples: [
    {
      command: 'git gatos run -i data.csv -o model.json -- node train.mjs data.csv model.json',
      note: 'train a model, and record how',
    },
    {
      command: 'git gatos run --runner quickjs -i data.csv -o model.json -- train.mjs',
      note: 'the same as a pure function, in the sandbox',
    },
    {
      command: 'git gatos run -p src/ -o out/ --env SEED=42 -- python3 src/main.py',
      note: 'a folder of sources, a folder of results',
    },
  ],
  exits: ['no', 'untrusted', 'conflict', 'unchecked', 'temporary'],
  seeAlso: ['job submit', 'job show', 'pox create', 'reproduce'],
  run: async (context, args) => {
    const workspace = await context.openRepository();
    const { signal } = context;
    const done = await runHere(workspace, {
      ...commandRequest(context, args),
      pass: args.pass,
      runners: localRunners(workspace, { env: context.env, requireSandbox: args.requireSandbox }),
      signal,
      abort: signal,
      progress: context.progress,
      onOutput: (stream, chunk) => show(context, stream, chunk),
    });
    return answerOf(context, done);
  },
});

/** What the program prints goes where it would go, unless standard output is for our document. */
function show({ json, stdout, stderr }: Context, stream: 'stdout' | 'stderr', chunk: Uint8Array): void {
  (stream === 'stdout' && !json ? stdout : stderr).write(chunk);
}

function answerOf(context: Context, { job, execution, poe, before }: LocalRun): Answer {
  const { status, exit, failure, outputs, started, finished } = execution;
  const seconds = ((finished - started) / 1_000_000).toFixed(2);
  const gave =
    outputs.length === 0
      ? 'no outputs'
      : outputs
          .map(({ path }) => path)
          .slice(0, 5)
          .join(', ');
  const more = outputs.length > 5 ? ` and ${outputs.length - 5} more` : '';
  context.note(`job ${job}: ${status} in ${seconds} s, ${gave}${more}`);
  if (failure !== null) context.note(`it ${status === 'failed' ? 'failed' : 'did not succeed'}: ${failure}`);
  if (before !== null) context.note(sameAs(before));
  return {
    value: {
      job: String(job),
      status,
      exit,
      failure,
      poe: String(poe),
      outputs: outputs.map(({ path, cid, size }) => ({ path, cid: String(cid), size })),
      same_as: before?.same === true ? String(before.job) : null,
    },
    text: [],
    next:
      status === 'succeeded'
        ? ['make it an experiment: git gatos pox create --title TITLE']
        : [`look at it: git gatos job show ${job}`],
    relayed: relayedStatus(execution),
  };
}

function sameAs({ job, same }: NonNullable<LocalRun['before']>): string {
  return same
    ? `the same job was run before, with the same outputs: ${job}`
    : `the same job was run before, with OTHER outputs: ${job}`;
}
