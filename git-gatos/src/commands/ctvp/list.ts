import { kindOfVector, readPackManifest } from 'gatos-core/mythos';
import { defineCommand } from '../../command/index.js';
import { visible } from '../../output/style.js';
import { counted } from '../../view/count.js';
import { openPackFolder, PACK } from './pack-folder.js';

export const command = defineCommand({
  name: 'list',
  summary: 'list the vectors of a pack',
  description: 'Lists the vectors of a pack with their suite and kind, and what they are about. Nothing is checked.',
  positionals: [PACK],
  examples: [{ command: 'git gatos ctvp list conformance/vectors/mythos', note: 'our own pack' }],
  exits: ['no', 'missing', 'denied'],
  seeAlso: ['ctvp verify'],
  run: async (context, { pack: path }) => {
    const { pack, version, vectors } = await readPackManifest(await openPackFolder(path));
    const rows = vectors.map((vector) => ({
      id: vector.id,
      suite: vector.suite,
      kind: kindOfVector(vector) ?? null,
      description: vector.description,
    }));
    const width = Math.max(0, ...rows.map(({ id }) => id.length));
    return {
      value: { pack, version, vectors: rows },
      text: [
        ...rows.map(
          ({ id, kind, description }) =>
            `${visible(id.padEnd(width))}  ${(kind ?? 'unknown').padEnd(19)} ${context.colour.dim(visible(description))}`,
        ),
        `${visible(pack)} ${visible(version)}: ${counted(rows.length, 'vector')}`,
      ],
    };
  },
});
