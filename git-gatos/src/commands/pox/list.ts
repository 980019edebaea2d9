import { formatTime, listExperiments, readExperiment, readReproductions } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { counted } from '../../view/count.js';

export const command = defineCommand({
  name: 'list',
  summary: 'list the experiments here',
  description: 'Lists experiments, oldest first, with how often each was reproduced.',
  examples: [{ command: 'git gatos pox list', note: 'all experiments of this repository' }],
  exits: ['unchecked'],
  seeAlso: ['pox show', 'verify'],
  run: async (context) => {
    const { backend } = (await context.openRepository()).repository;
    const rows = [];
    for (const id of await listExperiments(backend)) {
      const { body, entry } = await readExperiment(backend, id);
      const receipts = await readReproductions(backend, id);
      const { actor, time } = entry.envelope;
      rows.push({
        id,
        title: body.title,
        actor,
        time: formatTime(time),
        jobs: body.jobs.length,
        reproduced: receipts.length,
      });
      context.signal.throwIfAborted();
    }
    const lines = rows.map(({ id, title, actor, time, jobs, reproduced }) => {
      const again = reproduced === 0 ? '' : `, reproduced ${reproduced === 1 ? 'once' : `${reproduced} times`}`;
      return `${context.colour.bold(id)}  ${title}  ${context.colour.dim(`(${counted(jobs, 'job')}${again}; ${actor}, ${time})`)}`;
    });
    const next = rows.length === 0 ? ['make one: git gatos run …, then git gatos pox create --title TITLE'] : [];
    return { value: rows, text: lines.length === 0 ? 'no experiments yet' : lines, next };
  },
});
