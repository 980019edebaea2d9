import { type DeclaredTool, findTool, parseHex, type Repository, toolError, toolsWithId } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { manifestValue, toolDetails, toolLines } from '../../view/tool.js';

type Backend = Repository['backend'];

const ID = /^(?:sha256:)?([0-9a-f]{64})$/;

export const command = defineCommand({
  name: 'show',
  summary: 'show all that is known of a tool',
  description: `
Shows a tool by its name, or by its id. One id may be declared under several names, each run in another way; all of them are shown. \`--manifest\` prints
the manifest as it was declared, for a file.
`,
  positionals: [{ name: 'tool', kind: 'text', summary: 'name or id of the tool', complete: 'tools' }],
  options: { manifest: { kind: 'flag', summary: 'the manifest, as JSON' } },
  examples: [
    { command: 'git gatos tool show echo', note: 'what it takes and gives' },
    { command: 'git gatos tool show echo --manifest', note: 'its `tool.json`' },
  ],
  exits: ['no', 'missing', 'mismatch', 'unchecked'],
  seeAlso: ['tool list', 'tool declare'],
  run: async (context, { tool: named, manifest }) => {
    const tools = await toolsNamed((await context.openRepository()).repository.backend, named);
    if (tools.length === 0) throw toolError('no-such-tool', { tool: named });
    if (manifest) {
      const values = tools.map((tool) => manifestValue(tool.manifest));
      const text = values.map((value) => JSON.stringify(value, null, 2));
      return { value: values.length === 1 ? values[0] : values, text };
    }
    const details = tools.map(toolDetails);
    return {
      value: details.length === 1 ? details[0] : details,
      text: tools.flatMap((tool, i) => [...(i === 0 ? [] : ['']), ...toolLines(tool, context.colour)]),
    };
  },
});

/** A name may look like an id: then the id counts, where a tool has it. */
async function toolsNamed(backend: Backend, named: string): Promise<readonly DeclaredTool[]> {
  const hex = ID.exec(named)?.[1];
  const byId = hex === undefined ? [] : await toolsWithId(backend, parseHex(hex));
  if (byId.length > 0 || named.startsWith('sha256:')) return byId;
  const tool = await findTool(backend, named);
  return tool === null ? [] : [tool];
}
