import { collectChunks } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { counted } from '../../view/count.js';
import { parseDuration } from '../../view/duration.js';
import { formatSize } from '../../view/size.js';

const MICROS_PER_MS = 1000;
const DEFAULT_GRACE_MS = 14 * 86_400_000;

function grace(text: string): number {
  const micros = text === '0' ? 0 : parseDuration(text);
  if (micros === undefined) throw new Error('a length of time such as 12h or 14d, or 0');
  return micros / MICROS_PER_MS;
}

export const command = defineCommand({
  name: 'gc',
  summary: 'remove chunks that no blob needs',
  description: `
Removes chunks of this clone that belong to no blob which is recorded and not removed, and that are older than \`--grace\`, so that a put that is under way keeps its own.
Also what killed processes left. It may be interrupted and repeated. \`--dry-run\` says what it would remove.

Blobs of which this clone has no record count for nothing: \`git gatos sync\` before it.
`,
  options: {
    grace: {
      kind: 'parsed',
      parse: grace,
      placeholder: 'TIME',
      summary: 'younger chunks stay; default: 14d',
    },
    dryRun: { kind: 'flag', summary: 'remove nothing' },
  },
  examples: [{ command: 'git gatos blob gc --dry-run', note: 'what could go' }],
  exits: ['missing', 'mismatch', 'unchecked', 'denied', 'temporary'],
  seeAlso: ['blob rm'],
  run: async (context, { grace: graceMs = DEFAULT_GRACE_MS, dryRun }) => {
    const { progress, signal } = context;
    const workspace = await context.openRepository();
    const swept = await collectChunks(workspace, { graceMs, dryRun, progress, signal });
    const { removed, removedBytes, live, young, leftovers } = swept;
    const what = `${counted(removed, 'chunk')} (${formatSize(removedBytes)})`;
    const left = leftovers.removed === 0 ? [] : [`${counted(leftovers.removed, 'leftover')} of killed processes`];
    return {
      value: { ...swept, dryRun },
      text: [
        `${dryRun ? 'would remove' : 'removed'} ${[what, ...left].join(' and ')}`,
        `${live} of old ones are needed, ${young} are young`,
      ],
    };
  },
});
