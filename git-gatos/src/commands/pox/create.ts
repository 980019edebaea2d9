import { chooseParts, createExperiment, experimentError, parseJobId } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { counted } from '../../view/count.js';

export const command = defineCommand({
  name: 'create',
  summary: 'make an experiment of what was run',
  description: `
Records a Proof-of-Experiment and prints its id. Without \`--job\` and \`--state\` it takes what came since the last experiment: the jobs that succeeded (of
those that gave one output, the last) and the states with a new checkpoint.

An input that differed from what is committed when a job read it is refused: a reader could not tell which version it was. \`--allow-dirty\` lets it pass,
and records that.
`,
  options: {
    title: { kind: 'text', required: true, short: 't', placeholder: 'TITLE', summary: 'what was found, in one line' },
    notes: { kind: 'text', default: '', placeholder: 'TEXT', summary: 'whatever a reader should know' },
    job: { kind: 'list', of: 'text', placeholder: 'ID', summary: 'a job that is a part of it', complete: 'jobs' },
    state: {
      kind: 'list',
      of: 'text',
      placeholder: 'NAME',
      summary: 'a state that is a part of it',
      complete: 'states',
    },
    allowDirty: { kind: 'flag', summary: 'let inputs pass that differ from what is committed' },
  },
  examples: [
    {
      command: 'git gatos pox create --title "warmer by 0.8 °C since 1960"',
      note: 'of all that was run since the last one',
    },
  ],
  exits: ['no', 'untrusted', 'conflict', 'missing', 'mismatch', 'temporary'],
  seeAlso: ['run', 'verify', 'reproduce', 'pox export', 'pox cite'],
  run: async (context, { title, notes, job, state, allowDirty }) => {
    const { repository } = await context.openRepository();
    const { ports, backend } = repository;
    const named = { jobs: job.map(parseJobId), states: state };
    const parts = job.length + state.length > 0 ? named : await chooseParts(backend, context);
    if (parts.jobs.length === 0) throw experimentError('no-jobs', {});
    const [writer, roots] = [await repository.writer(), await repository.policyRoots()];
    const policyCodeRoot = roots?.codeRoot ?? null;
    const { id, cid, body } = await createExperiment(ports, {
      ...writer,
      ...parts,
      title,
      notes,
      allowDirty,
      policyCodeRoot,
    });
    const parts_ = [
      counted(body.jobs.length, 'job'),
      ...(body.states.length > 0 ? [counted(body.states.length, 'state')] : []),
    ];
    context.note(`experiment of ${parts_.join(' and ')}`);
    return {
      value: {
        id,
        cid: String(cid),
        title,
        jobs: body.jobs.map(String),
        states: body.states,
        inputs_root: body.inputs_root,
        program_id: String(body.program_id),
        outputs_root: body.outputs_root,
        dirty: body.dirty,
      },
      text: id,
      next: [
        `check it: git gatos verify ${id}`,
        `run it again: git gatos reproduce ${id}`,
        'publish it: git gatos sync',
      ],
    };
  },
});
