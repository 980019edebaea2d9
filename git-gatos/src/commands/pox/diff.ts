import { diffExperiments, driftReportValue, formatDriftReport, readExperiment, readExperimentJobs } from 'gatos-core';
import { defineCommand } from '../../command/index.js';

const EXPERIMENT = { kind: 'text', complete: 'experiments' } as const;

export const command = defineCommand({
  name: 'diff',
  summary: 'say in what two experiments differ',
  description: `
Compares two recorded experiments, job by job in the order in which they were run: inputs, program, environment, outputs, as \`reproduce\` compares a
repetition with its record. It runs nothing and verifies nothing. The exit status is 0 when nothing differs, else 1.
`,
  positionals: [
    { ...EXPERIMENT, name: 'first', summary: 'id of an experiment' },
    { ...EXPERIMENT, name: 'second', summary: 'id of another' },
  ],
  examples: [{ command: 'git gatos pox diff 01J… 01K…', note: 'what changed since' }],
  exits: ['no', 'missing', 'absent', 'mismatch', 'unchecked'],
  seeAlso: ['reproduce', 'pox show'],
  run: async (context, { first, second }) => {
    const { backend } = (await context.openRepository()).repository;
    const jobsOf = async (id: string) => readExperimentJobs(backend, (await readExperiment(backend, id)).body);
    const pair = { recorded: await jobsOf(first), reproduced: await jobsOf(second) };
    const report = await diffExperiments(backend, pair, context);
    const text = formatDriftReport(report, { recorded: 'first', reproduced: 'second' }).trimEnd();
    const same = report.differences.length === 0;
    return { exit: same ? 'ok' : 'no', value: { first, second, ...asObject(driftReportValue(report)) }, text };
  },
});

function asObject(value: ReturnType<typeof driftReportValue>): Readonly<Record<string, unknown>> {
  return value as Readonly<Record<string, unknown>>;
}
