import { ENVELOPE_TYPE, formatDsse, formatJson, formatKey, formatTime } from 'gatos-core';
import { defineCommand } from '../command/index.js';
import type { Answer } from '../output/outcome.js';
import { eventValue } from '../view/event.js';
import { type Found, find } from '../view/find.js';

export const command = defineCommand({
  name: 'show',
  summary: 'explain anything by its id: an event, an envelope, a ref',
  description: `
Takes the CID of an event or an envelope, the id of an experiment, a job, a grant or a denial, a ulid, a chain or a ref, and prints what it is, who signed it, where it stands and which policy was in force for its writer. A CID may be shortened to its last
characters (at least eight), as \`log\` prints it. \`--dsse\` prints the envelope as standard DSSE JSON, which other tools verify.
`,
  positionals: [{ name: 'id', kind: 'text', summary: 'CID, ulid, chain or ref', complete: 'refs' }],
  options: { dsse: { kind: 'flag', summary: 'export the signed envelope as DSSE JSON' } },
  examples: [
    { command: 'git gatos show refs/gatos/trust', note: 'the newest envelope of a chain' },
    { command: 'git gatos show --dsse bafy… > event.dsse.json', note: 'for another verifier' },
  ],
  exits: ['missing', 'no'],
  seeAlso: ['log', 'key show'],
  run: async (context, { id, dsse }) => {
    const { repository } = await context.openRepository();
    const found = await find(repository, id, context);
    if (dsse) return dsseOf(found);
    const value = describe(found);
    return { value, text: formatJson(value, { indent: 2 }) };
  },
});

function describe({ entry, event }: Found) {
  const { envelope, signatures } = entry;
  const { chain, seq, clock, actor, time, kind, count, cid, policy } = envelope;
  const signed = {
    envelope: String(cid),
    commit: entry.oid,
    policy_root: policy === null ? null : String(policy),
    signatures: signatures.map(({ key }) => formatKey(key)),
  };
  const place = { chain, seq, clock, actor, time: formatTime(time), kind, records: count };
  return event === null ? { ...place, ...signed } : { ...eventValue(event), chain, ...signed };
}

function dsseOf({ entry }: Found): Answer {
  const { envelope, signatures } = entry;
  const text = formatDsse({
    payloadType: ENVELOPE_TYPE,
    payload: envelope.bytes,
    signatures: signatures.map(({ key, sig }) => ({ keyid: formatKey(key), sig })),
  });
  return { value: JSON.parse(text) as unknown, text };
}
