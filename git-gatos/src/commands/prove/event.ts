import { writeFileSync } from 'node:fs';
import { Cid, proveEvent } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { findCheckpoint } from '../../view/checkpoint.js';

export const command = defineCommand({
  name: 'event',
  summary: 'prove that an event is in a state',
  description:
    'Writes a proof that an event is among those a state was folded from: the event, its path in the Merkle tree, and the signed checkpoint.',
  positionals: [
    { name: 'cid', kind: 'parsed', placeholder: 'CID', summary: 'the event', parse: (text: string) => Cid.parse(text) },
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
  exits: ['missing', 'mismatch'],
  seeAlso: ['state prove', 'verify'],
  run: async (context, { cid, in: state, out }) => {
    const { repository } = await context.openRepository();
    const checkpoint = await findCheckpoint(repository, state);
    const bytes = await proveEvent(repository.backend, checkpoint, cid);
    writeFileSync(out, bytes);
    return {
      value: { file: out, bytes: bytes.length, event: String(cid), events: checkpoint.body.events },
      text: `${bytes.length} bytes in ${out}`,
      next: [`anyone can check it: git gatos verify --proof ${out}`],
    };
  },
});
