import { defineCommand } from '../../command/index.js';
import { capabilityDetails, capabilityLines, capabilityTree, capabilityValue } from '../../view/capability.js';
import { ID_POSITIONAL, pickNamed } from './named.js';
import { capabilitiesNow } from './view.js';

export const command = defineCommand({
  name: 'show',
  summary: 'show a capability with what it rests on, and what rests on it',
  description: `
Shows what a capability allows, to whom, and what was used of it; then the chain from its root, with every part that was passed on. Nothing is verified: \`cap verify\` is.
`,
  positionals: [ID_POSITIONAL],
  examples: [{ command: 'git gatos cap show 3f9ac41b', note: 'its limits, its chain as a tree' }],
  exits: ['no', 'missing', 'untrusted', 'unchecked'],
  seeAlso: ['cap verify', 'cap list', 'inspect'],
  run: async (context, { id }) => {
    const standing = await capabilitiesNow(context);
    const listed = pickNamed(standing.all, id);
    const { hex } = listed.held;
    const line = [];
    for (const each of [listed.held, ...listed.parents].reverse())
      line.push(await standing.now(pickNamed(standing.all, each.hex)));
    const below = [];
    for (const each of standing.all)
      if (each.parents.some((parent) => parent.hex === hex)) below.push(await standing.now(each));
    const view = await standing.now(listed);
    const { colour: style } = context;
    return {
      value: { ...capabilityDetails(view), chain: line.map(capabilityValue), below: below.map(capabilityValue) },
      text: [...capabilityLines(view, style), '', ...capabilityTree(line, { below, style })],
      next: [`every check of it: git gatos cap verify ${hex.slice(0, 16)}`],
    };
  },
});
