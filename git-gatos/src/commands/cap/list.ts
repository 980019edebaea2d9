import { formatAgent } from 'gatos-core';
import { agentOf } from 'gatos-core/mythos';
import { defineCommand } from '../../command/index.js';
import { capabilityLine, capabilityState, capabilityValue } from '../../view/capability.js';
import { capabilitiesNow } from './view.js';

const STATES = ['active', 'not-yet', 'expired', 'used-up', 'revoked'] as const;
const KINDS = [
  'BlobRead',
  'BlobWrite',
  'BlobPin',
  'BlobDelete',
  'ToolCall',
  'TrainRun',
  'EvalRun',
  'DeployPromote',
  'ComputeSpawn',
  'CellRead',
  'CellWrite',
] as const;

export const command = defineCommand({
  name: 'list',
  summary: 'list capabilities and how they stand',
  description: `
Lists capabilities in the order in which they were recorded. \`active\` ones count now; \`used-up\` ones have nothing left themselves. Whether all that one rests on still holds
is for \`cap verify\` to say.
`,
  options: {
    mine: { kind: 'flag', summary: 'only those that are for your key' },
    state: { kind: 'choice', choices: STATES, placeholder: 'STATE', summary: 'only those that stand so' },
    kind: { kind: 'choice', choices: KINDS, placeholder: 'KIND', summary: 'only of this kind' },
  },
  examples: [{ command: 'git gatos cap list --mine --state active', note: 'what you may do' }],
  exits: ['missing', 'untrusted', 'unchecked'],
  seeAlso: ['cap show', 'cap issue'],
  run: async (context, { mine, state, kind }) => {
    const standing = await capabilitiesNow(context);
    const own = mine ? formatAgent(agentOf((await (await context.openRepository()).author()).signer.key)) : undefined;
    const kept = [];
    for (const listed of standing.all) {
      if (own !== undefined && formatAgent(listed.held.capability.subject) !== own) continue;
      const view = await standing.now(listed);
      if (state !== undefined && capabilityState(view) !== state) continue;
      if (kind !== undefined && capabilityValue(view).kind !== kind) continue;
      kept.push(view);
    }
    const none = standing.all.length === 0;
    return {
      value: kept.map(capabilityValue),
      text: kept.length === 0 ? 'no capabilities' : kept.map((view) => capabilityLine(view, context.colour)),
      ...(none ? { next: ['issue one: git gatos cap issue --subject WHO --tool NAME --max-calls N --for 7d'] } : {}),
    };
  },
});
