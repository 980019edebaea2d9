import {
  filesBelow,
  jobError,
  parseJobId,
  readAttached,
  readExecution,
  readManifest,
  STDERR_PATH,
  STDOUT_PATH,
} from 'gatos-core';
import { defineCommand } from '../../command/index.js';

export const command = defineCommand({
  name: 'logs',
  summary: 'print what a job printed',
  description:
    'Prints what a job wrote to standard output, or with `--stderr` to standard error, as far as it was kept: the first MiB of each.',
  positionals: [{ name: 'id', kind: 'text', summary: 'id of the job', complete: 'jobs' }],
  options: { stderr: { kind: 'flag', summary: 'what it wrote to standard error' } },
  examples: [{ command: 'git gatos job logs bafy… --stderr', note: 'why it failed' }],
  exits: ['no', 'missing', 'mismatch', 'unchecked'],
  seeAlso: ['job show'],
  run: async (context, { id, stderr }) => {
    const { backend } = (await context.openRepository()).repository;
    const job = parseJobId(id);
    await readManifest(backend, job);
    const execution = await readExecution(backend, job);
    if (execution === null) throw jobError('not-run', { job: id });
    const { body, entry } = execution;
    const path = stderr ? STDERR_PATH : STDOUT_PATH;
    const cid = stderr ? body.stderr : body.stdout;
    const size = stderr ? body.logs.stderr : body.logs.stdout;
    const files = await filesBelow(backend, entry, '');
    const bytes = await readAttached(backend, files.get(path), { path, cid, size });
    if (body.logs.dropped > 0) context.note(`${body.logs.dropped} bytes more were printed and not kept`);
    return { bytes: [bytes] };
  },
});
