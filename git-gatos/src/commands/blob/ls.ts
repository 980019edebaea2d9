import { type HeldBlob, heldBlobs } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { heldLine, heldValue } from '../../view/blob.js';

export const command = defineCommand({
  name: 'ls',
  summary: 'list blobs',
  description: 'Lists the blobs that are recorded, by id. `--all` lists those that were removed as well.',
  options: { all: { kind: 'flag', summary: 'also what was removed' } },
  examples: [{ command: 'git gatos blob ls', note: 'what is here' }],
  exits: ['unchecked', 'mismatch'],
  seeAlso: ['blob stat'],
  run: async (context, { all }) => {
    const { backend, ports } = (await context.openRepository()).repository;
    const held: HeldBlob[] = [];
    for await (const each of heldBlobs(backend, { signal: context.signal }))
      if (all || (each.blob !== null && each.removal === null)) held.push(each);
    const time = ports.clock.now();
    return {
      value: held.map((each) => heldValue(each, time)),
      text: held.length === 0 ? 'no blobs' : held.map((each) => heldLine(each, { time, style: context.colour })),
      ...(held.length === 0 ? { next: ['put one: git gatos blob put FILE'] } : {}),
    };
  },
});
