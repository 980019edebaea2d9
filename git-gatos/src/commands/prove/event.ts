import { Cid, type Repository as Core, proveEvent } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import type { Context } from '../../context.js';
import { writeOutputFile } from '../../output/file.js';
import { findCheckpoint } from '../../view/checkpoint.js';
import { viewError } from '../../view/errors.js';
import { find } from '../../view/find.js';
import { shellWord } from '../../view/shell.js';

export const command = defineCommand({
  name: 'event',
  summary: 'prove that an event is in a state',
  description:
    'Writes a proof that an event is among those a state was folded from: the event, its path in the Merkle tree, and the signed checkpoint.',
  positionals: [
    { name: 'id', kind: 'text', summary: 'the event: its CID, the end of it as `log` prints it, or its ulid' },
  ],
  options: {
    in: {
      kind: 'text',
      required: true,
      placeholder: 'STATE',
      summary: 'name of the state, or NAME~N',
      complete: 'states',
    },
    out: { kind: 'path', required: true, short: 'o', placeholder: 'FILE', summary: 'where to', complete: 'files' },
  },
  examples: [{ command: 'git gatos prove event bafy… --in climate -o event.proof', note: 'for a stranger' }],
  exits: ['no', 'missing', 'mismatch', 'temporary'],
  seeAlso: ['state prove', 'verify'],
  run: async (context, { id, in: state, out }) => {
    const { repository } = await context.openRepository();
    const checkpoint = await findCheckpoint(repository, state);
    const cid = id.startsWith('bafy') ? Cid.parse(id) : await eventCid(repository, id, context);
    const bytes = await proveEvent(repository.backend, checkpoint, cid);
    writeOutputFile(out, bytes);
    return {
      value: { file: out, bytes: bytes.length, event: String(cid), events: checkpoint.body.events },
      text: `${bytes.length} bytes in ${out}`,
      next: [`anyone can check it: git gatos verify --proof ${shellWord(out)}`],
    };
  },
});

async function eventCid(repository: Core, id: string, context: Context): Promise<Cid> {
  const { event } = await find(repository, id, context);
  if (event === null) throw viewError('not-an-event', { id });
  return Cid.parse(event.cid);
}
