import { formatTime, parseTime, pinBlob } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { parseDuration } from '../../view/duration.js';
import { CID_POSITIONAL, namedCid } from './named.js';

type Until = { readonly after: number } | { readonly at: number };

function until(text: string): Until {
  const after = parseDuration(text);
  if (after !== undefined) return { after };
  return { at: parseTime(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text) };
}

export const command = defineCommand({
  name: 'pin',
  summary: 'keep a blob from being removed',
  description:
    'Records that you need a blob: while your pin holds, nobody can remove it. A pin of yours is replaced by the next one.',
  positionals: [CID_POSITIONAL],
  options: {
    until: {
      kind: 'parsed',
      parse: until,
      placeholder: 'TIME',
      summary: 'how long, such as 30d, or until when (RFC 3339); default: for ever',
    },
    why: { kind: 'text', default: '', placeholder: 'TEXT', summary: 'what for' },
  },
  examples: [{ command: "git gatos blob pin 1f3a09c2 --until 90d --why 'under review'", note: 'for three months' }],
  exits: ['no', 'missing', 'purged', 'conflict', 'denied', 'untrusted', 'temporary'],
  seeAlso: ['blob unpin', 'blob rm'],
  run: async (context, { cid: text, until: given, why }) => {
    const { workspace, cid } = await namedCid(context, text);
    const { repository } = workspace;
    const now = Math.floor(repository.ports.clock.now());
    const end = given === undefined ? null : 'at' in given ? given.at : now + given.after;
    const { status } = await pinBlob(repository.ports, await repository.writer(), { cid, until: end, why });
    return {
      value: { cid, status, until: end === null ? null : formatTime(end), why },
      text:
        status === 'exists'
          ? 'it is pinned so already'
          : `pinned ${end === null ? 'for ever' : `until ${formatTime(end)}`}`,
    };
  },
});
