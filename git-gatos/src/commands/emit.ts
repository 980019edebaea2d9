import { GatosError, parseJson } from 'gatos-core';
import { defineCommand } from '../command/index.js';

export const command = defineCommand({
  name: 'emit',
  summary: 'record one event',
  description: `
Signs an event and appends it to your chain of the namespace. Prints the record's CID. When it returns the event is on disk.

With \`--key\` the event is recorded once: repeating the same event under the same key prints the CID it has; another event under a used
key is refused.
`,
  options: {
    type: { kind: 'text', required: true, short: 't', placeholder: 'TYPE', summary: 'what happened, such as add' },
    payload: {
      kind: 'json',
      short: 'p',
      placeholder: 'JSON',
      summary: 'JSON, - for standard input, @FILE for a file; default: null',
    },
    ns: {
      kind: 'text',
      placeholder: 'NS',
      summary: 'namespace; default: the one set, else default',
      complete: 'namespaces',
    },
    key: { kind: 'text', short: 'k', placeholder: 'KEY', summary: 'idempotency key' },
  },
  examples: [
    { command: `git gatos emit --type add --payload '{"n":10}'`, note: 'an event with a payload' },
    {
      command: 'git gatos emit --type reading --payload @reading.json --key 2026-11-20T09:00',
      note: 'recorded once, however often it is run',
    },
  ],
  exits: ['no', 'untrusted', 'conflict', 'expired', 'temporary'],
  seeAlso: ['import', 'log', 'show', 'fold new'],
  run: async (context, { type, payload, ns, key }) => {
    const value = payload === undefined ? null : parsePayload(await context.readSource(payload));
    const workspace = await context.openRepository();
    const space = ns ?? workspace.namespace;
    const { events } = await workspace.repository.emit([{ type, payload: value, key }], { ns: space });
    const [event] = events;
    const cid = String(event?.cid);
    const status = event?.status ?? 'recorded';
    return {
      value: { cid, status, ns: space },
      text: cid,
      next:
        status === 'exists'
          ? ['the same event was recorded before; nothing was written']
          : [`see it: git gatos log --ns ${space}`, 'fold it: git gatos fold new NAME'],
    };
  },
});

function parsePayload(bytes: Uint8Array) {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (error instanceof GatosError)
      throw new GatosError({ ...error, message: `the payload is not usable: ${error.message}`, hint: error.hint });
    throw error;
  }
}
