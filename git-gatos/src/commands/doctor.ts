import type { Finding } from 'gatos-core';
import { type Diagnosis, diagnose } from 'gatosd';
import { defineCommand } from '../command/index.js';
import type { Context } from '../context.js';
import { visible } from '../output/style.js';
import { counted } from '../view/count.js';

export const command = defineCommand({
  name: 'doctor',
  summary: 'find what is wrong here, and the command that mends it',
  description: `
Looks at the repository under the rules of all planes (refs, chains, checkpoints, policies, grants, keys, messages, jobs,
experiments) and at this clone of it (refspecs, hooks, key files, the pin, settings of git, what crashed processes left). Each finding says what it is, why it matters, and the command that mends it.

\`--fix\` runs the mends that take nothing away: refspecs, modes of key files, hooks of ours that are gone or broken, what gates and jobs that were killed have left,
jobs that no worker was told of, receipts that can be recorded by now. It says what it did; everything else is left to you. The command ends with 1 as long as something is an error.
`,
  options: {
    fix: { kind: 'flag', summary: 'mend what is safe to mend without asking' },
  },
  examples: [
    { command: 'git gatos doctor', note: 'what is wrong, and what mends it' },
    { command: 'git gatos doctor --fix', note: 'and mend what is safe to mend' },
  ],
  exits: ['no', 'missing', 'unchecked', 'temporary'],
  seeAlso: ['verify', 'hooks install', 'config set'],
  run: async (context, { fix }) => {
    const { cwd, env, prompt, progress, signal } = context;
    const passphrase = (label: string) => prompt.passphrase(label);
    const diagnosis = await diagnose({ cwd, env, passphrase, fix, progress, signal });
    const { findings, mended, failed } = diagnosis;
    const isBad = findings.some(({ severity }) => severity === 'error');
    return {
      value: { findings, mended, failed },
      text: linesOf(context, diagnosis),
      exit: isBad ? 'no' : 'ok',
      next:
        !fix && findings.some(({ fixable }) => fixable) ? ['mend what is safe to mend: git gatos doctor --fix'] : [],
    };
  },
});

const MARK = { error: '✗', warning: '!', note: '·' } as const;
const COLOUR = { error: 'red', warning: 'yellow', note: 'dim' } as const;

function linesOf({ colour }: Context, { findings, mended, failed }: Diagnosis): readonly string[] {
  return [
    ...mended.map(({ did }) => `${colour.green('✓')} mended: ${oneLine(did)}`),
    ...failed.map(({ code, why }) => `${colour.red('✗')} not mended (${code}): ${oneLine(why)}`),
    ...findings.flatMap((finding) => describe(finding, colour)),
    totalOf(findings),
  ];
}

function describe({ severity, code, what, why, mend }: Finding, colour: Context['colour']): readonly string[] {
  return [
    `${colour[COLOUR[severity]](`${MARK[severity]} ${severity}`)}: ${oneLine(what)} ${colour.dim(`(${code})`)}`,
    `    ${colour.dim(oneLine(why))}`,
    ...(mend === null ? [] : [`    ${colour.cyan('mend:')} ${oneLine(mend)}`]),
  ];
}

/** Foreign text cannot begin a line of its own. */
function oneLine(text: string): string {
  return visible(text).replaceAll('\n', '\\n').replaceAll('\t', '\\t');
}

function totalOf(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'nothing is wrong here';
  const count = (severity: Finding['severity']): number => findings.filter((each) => each.severity === severity).length;
  const [errors, warnings, notes] = [count('error'), count('warning'), count('note')];
  return [counted(errors, 'error'), counted(warnings, 'warning'), counted(notes, 'note')].join(', ');
}
