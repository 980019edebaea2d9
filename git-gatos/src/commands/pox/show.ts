import { formatTime, outerInputs, readExperiment, readExperimentJobs, readReproductions } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { formatSize } from '../../view/size.js';

export const command = defineCommand({
  name: 'show',
  summary: 'show what an experiment is made of',
  description:
    'Shows the jobs of an experiment with what they read and gave, its states, its policy, and who reproduced it. Nothing is verified: `verify` is.',
  positionals: [{ name: 'id', kind: 'text', summary: 'id of the experiment', complete: 'experiments' }],
  examples: [{ command: 'git gatos pox show 01J…', note: 'its jobs, inputs and outputs' }],
  exits: ['no', 'missing', 'unchecked'],
  seeAlso: ['verify', 'reproduce', 'job show'],
  run: async (context, { id }) => {
    const { backend } = (await context.openRepository()).repository;
    const { body, entry } = await readExperiment(backend, id);
    const jobs = await readExperimentJobs(backend, body);
    const receipts = await readReproductions(backend, id);
    const file = ({ cid, size }: { cid: unknown; size: number }) => ({ cid: String(cid), size });
    const outer = new Set(
      outerInputs(
        jobs.map(({ execution }) => execution.body),
        jobs.map(({ manifest }) => manifest.body),
      ).map(({ input }) => input),
    );
    const value = {
      id,
      actor: entry.envelope.actor,
      time: formatTime(entry.envelope.time),
      cid: String(entry.envelope.cid),
      proof: body,
      states: body.states.map((chain, i) => ({ chain, checkpoint: String(body.pof[i]) })),
      jobs: jobs.map(({ manifest, execution }) => ({
        job: String(execution.body.job),
        poe: String(execution.entry.envelope.cid),
        command: [manifest.body.program.entry, ...manifest.body.program.args],
        runner: execution.body.environment.runner,
        inputs: manifest.body.inputs.map((input) => ({
          name: input.name,
          ...file(input),
          source: outer.has(input) ? input.source.state : ('job' as const),
        })),
        outputs: execution.body.outputs.map((output) => ({ path: output.path, ...file(output) })),
      })),
      reproductions: receipts.map(({ body: { ulid, verdict, finished }, entry: { envelope } }) => ({
        id: ulid,
        verdict,
        actor: envelope.actor,
        time: formatTime(finished),
      })),
    };
    const { bold, dim } = context.colour;
    const text = [
      `${bold(body.title)}`,
      dim(`${id}, by ${value.actor}, ${value.time}`),
      ...(body.notes === '' ? [] : ['', body.notes]),
      ...value.jobs.flatMap(({ job, command, runner, inputs, outputs }) => [
        '',
        `${command.join(' ')}  ${dim(`(${runner}, job ${job})`)}`,
        ...inputs.map(
          ({ name, size, cid, source }) =>
            `  in   ${name}  ${formatSize(size)}  ${dim(`${cid} ${source === 'job' ? 'given by a job above' : source}`)}`,
        ),
        ...outputs.map(({ path, size, cid }) => `  out  ${path}  ${formatSize(size)}  ${dim(cid)}`),
      ]),
      ...value.states.map(({ chain, checkpoint }) => `\nrests on ${chain} at ${checkpoint}`),
      ...value.reproductions.map(({ verdict, actor, time }) => `\nreproduced by ${actor}, ${time}: ${verdict}`),
    ];
    return { value, text, next: [`check it: git gatos verify ${id}`, `run it again: git gatos reproduce ${id}`] };
  },
});
