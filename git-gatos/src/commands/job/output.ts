import {
  filesBelow,
  jobError,
  OUTPUTS_FOLDER,
  parseJobId,
  readAttached,
  readExecution,
  readManifest,
} from 'gatos-core';
import { isLargeJobFile, restoreFile, restoreStream, streamJobFile } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { counted } from '../../view/count.js';

export const command = defineCommand({
  name: 'output',
  summary: 'write the outputs of a job to files',
  description:
    'Writes what a job gave into a folder, each file checked against its digest first. Files of the same names are replaced.',
  positionals: [
    { name: 'id', kind: 'text', summary: 'id of the job', complete: 'jobs' },
    { name: 'paths', kind: 'rest', of: 'text', summary: 'only these outputs' },
  ],
  options: {
    into: {
      kind: 'path',
      default: '.',
      placeholder: 'DIR',
      summary: 'the folder; default: the one you are in',
      complete: 'directories',
    },
  },
  examples: [{ command: 'git gatos job output bafy… --into results', note: 'all of them' }],
  exits: ['no', 'missing', 'mismatch', 'unchecked', 'temporary'],
  seeAlso: ['job show', 'run'],
  run: async (context, { id, paths, into }) => {
    const { backend } = await context.openRepository();
    const job = parseJobId(id);
    await readManifest(backend, job);
    const execution = await readExecution(backend, job);
    if (execution === null) throw jobError('not-run', { job: id });
    const { body, entry } = execution;
    for (const path of paths)
      if (body.outputs.every((output) => output.path !== path)) throw jobError('no-such-output', { job: id, path });
    const files = await filesBelow(backend, entry, OUTPUTS_FOLDER);
    const wanted = body.outputs.filter(({ path }) => paths.length === 0 || paths.includes(path));
    for (const output of wanted) {
      if (isLargeJobFile(output))
        await restoreStream(into, { path: output.path, parts: streamJobFile(backend, output) });
      else restoreFile(into, { path: output.path, bytes: await readAttached(backend, files.get(output.path), output) });
      context.signal.throwIfAborted();
    }
    return {
      value: wanted.map(({ path, cid, size }) => ({ path, cid: String(cid), size })),
      text: [...wanted.map(({ path }) => path), ...(wanted.length === 0 ? [counted(0, 'output')] : [])],
    };
  },
});
