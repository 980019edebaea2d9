import { formatHex, parseHex } from 'gatos-core';
import { type Executed, executeTask, readToolSettings } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import type { Context } from '../../context.js';
import { cliError } from '../../errors.js';
import type { Answer } from '../../output/outcome.js';
import { exitNameOf, reportOutcome } from '../../output/report.js';
import { noteToolLog } from '../../view/tool-log.js';
import { runLines, runValue, signatureValues } from './lines.js';
import { CHECK_OPTIONS, type Judged, judgePacketFile, noteUnsigned, PACKET } from './packet.js';

const ID = /^[0-9a-fA-F]{64}$/;

function id(text: string): string {
  if (!ID.test(text)) throw new Error('64 hexadecimal digits');
  return text.toLowerCase();
}

export const command = defineCommand({
  name: 'run',
  summary: 'run a task of a packet',
  description: `
Checks the packet as \`ir check\` does; nothing of one that does not pass is run. Then runs its task in your name, within its budget. It uses the capabilities that you lend to it
with \`--cap\` and no others, whatever it asks for: an effect for which it has none is denied.

Tools are called once: the key of a call follows from the packet, so the same packet run again gets the same receipts from the ledger. Chunks are checked against the
root of their blob. The trace, with all receipts, is kept as a blob where the task asks for it.
`,
  positionals: [PACKET],
  options: {
    ...CHECK_OPTIONS,
    cap: { kind: 'list', of: 'text', placeholder: 'ID', summary: 'a capability that it may use: its id, 64 digits' },
    task: { kind: 'parsed', placeholder: 'ID', parse: id, summary: 'which task, where there are several' },
    noTrace: { kind: 'flag', summary: 'keep no trace, although the task asks for it' },
  },
  examples: [
    { command: 'git gatos ir run task.mythos --cap 9f86…', note: 'with one capability' },
    { command: 'git gatos ir run task.mythos', note: 'a task without effects needs none' },
  ],
  exits: [
    'no',
    'absent',
    'untrusted',
    'denied',
    'mismatch',
    'divergence',
    'conflict',
    'expired',
    'missing',
    'purged',
    'unchecked',
    'temporary',
  ],
  seeAlso: ['ir check', 'ir show', 'blob get'],
  run: async (context, args) => {
    const capabilities = args.cap.map(capabilityId);
    const judged = await judgePacketFile(context, args);
    const { program } = judged.checked;
    if (judged.report.outcome !== 'pass' || program === undefined) return refused(context, judged);
    if (args.unsigned) noteUnsigned(context, judged);
    const { cwd, env, signal } = context;
    const executed = await executeTask(await context.openRepository(), {
      program,
      task: args.task === undefined ? undefined : parseHex(args.task),
      capabilities,
      settings: () => readToolSettings({ cwd, env }, env),
      keepTrace: !args.noTrace,
      onLog: (log) => noteToolLog(context, log),
      signal,
    });
    return answerOf(context, { executed, judged });
  },
});

function capabilityId(value: string): string {
  if (ID.test(value)) return value.toLowerCase();
  throw cliError('bad-value', { command: 'git gatos ir run', name: '--cap', value, want: '64 hexadecimal digits' });
}

function refused({ colour }: Context, { report, signatures }: Judged): Answer {
  const outcome = reportOutcome(report, {
    style: colour,
    value: { signatures: signatureValues(signatures), run: null },
  });
  return { ...outcome, next: ['nothing was run'] };
}

function answerOf(
  { colour }: Context,
  { executed, judged }: { readonly executed: Executed; readonly judged: Judged },
): Answer {
  const { outcome } = executed.run;
  return {
    value: {
      bundle: formatHex(judged.checked.id),
      signatures: signatureValues(judged.signatures),
      run: runValue(executed),
    },
    text: runLines(executed, colour),
    ...(outcome.kind === 'failed' ? { exit: exitNameOf(outcome.error.exit) } : {}),
  };
}
