import { listTools } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { toolLine, toolValue } from '../../view/tool.js';

export const command = defineCommand({
  name: 'list',
  summary: 'list the tools that are declared',
  description:
    'Lists tools by name: what each does, what its effect is, and how it is run. Nothing is verified: `verify` is.',
  examples: [{ command: 'git gatos tool list', note: 'what may be called' }],
  exits: ['mismatch', 'unchecked'],
  seeAlso: ['tool show', 'tool declare'],
  run: async (context) => {
    const tools = await listTools((await context.openRepository()).repository.backend);
    const width = Math.max(0, ...tools.map(({ name }) => name.length));
    return {
      value: tools.map(toolValue),
      text: tools.length === 0 ? 'no tools' : tools.map((tool) => toolLine(tool, width, context.colour)),
      ...(tools.length === 0 ? { next: ['declare one: git gatos tool declare tool.json'] } : {}),
    };
  },
});
