import {
  effectError,
  effectHistory,
  findEffect,
  findEffectReceipt,
  idempotencyId,
  isEffect,
  parseEffectId,
  readTool,
  toolId,
  utf8,
} from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { checkedEffect } from '../../view/effect-checks.js';
import { effectDetails, effectLines } from '../../view/effect-details.js';
import { wholeId } from '../../view/mythos-subject.js';

export const command = defineCommand({
  name: 'show',
  summary: 'show all that is recorded of an effect',
  description: `
Shows how an effect stands, its register, receipt, commit and response decoded, every record of it, and whether what it promises holds. Give its id or the id of its receipt, or the first
eight digits or more of either, or the name of the tool and the key of the call.
`,
  positionals: [
    {
      name: 'id',
      kind: 'text',
      summary: 'id of the effect or of a receipt, or its start; or name of a tool',
      complete: 'effects',
    },
    { name: 'key', kind: 'text', optional: true, summary: 'with the name of a tool: the key of the call' },
  ],
  examples: [
    { command: 'git gatos effect show 3f7a…', note: 'by its id' },
    { command: 'git gatos effect show charge order-17', note: 'by tool and key' },
  ],
  exits: ['no', 'untrusted', 'mismatch', 'missing', 'unchecked'],
  seeAlso: ['effect call', 'effect history', 'verify'],
  run: async (context, { id: name, key }) => {
    const workspace = await context.openRepository();
    const { backend } = workspace;
    const { signal, progress } = context;
    const id =
      key === undefined
        ? parseEffectId(await wholeId(workspace.repository, name, { signal }))
        : idempotencyId(toolId((await readTool(backend, name)).manifest), utf8(key));
    const found = (await findEffect(backend, id)) ?? (await findEffectReceipt(backend, id, { signal, progress }));
    if (found === null) throw effectError('no-such-effect', { id: key === undefined ? name : `${name} ${key}` });
    const records = isEffect(found) ? await effectHistory(backend, found.body.id, { signal }) : [];
    const { checks, exit } = await checkedEffect(workspace, found, { signal });
    const shown = await effectDetails(workspace, { found, records, checks });
    return { value: shown, text: effectLines(shown, context.colour), exit };
  },
});
