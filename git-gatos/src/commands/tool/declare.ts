import { dirname } from 'node:path';
import { bytesEqual, declareTool, LIMITS, listTools, parseToolManifest } from 'gatos-core';
import { readToolFiles } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { runText, toolDetails } from '../../view/tool.js';

export const command = defineCommand({
  name: 'declare',
  summary: 'record a tool by its manifest',
  description: `
Records the manifest and the files that it names, with paths relative to the manifest. What stood under the name before is replaced; \`--new\` refuses that. The same
declared twice is recorded once.

\`tool.json\` has \`name\`, \`does\` (one line), \`request\` and \`response\` (JSON Schemas), \`effect\` (\`read\`, \`write\`, \`external\` or \`irreversible\`), \`retry_safe\` (may a call be made
again whose outcome is unknown?), \`cacheable\`, and \`run\`: \`{"kind": "builtin", "builtin": "echo"}\`, \`{"kind": "process", "argv": ["node", "x.mjs"], "files": ["x.mjs"]}\`,
\`{"kind": "wasm", "module": "x.wasm"}\` or \`{"kind": "http", "url": "https://…"}\`. It may have \`limits\`: \`time_ms\`, \`memory_bytes\`, \`response_bytes\`.
`,
  positionals: [{ name: 'manifest', kind: 'path', summary: 'the manifest, `tool.json`', complete: 'files' }],
  options: {
    new: { kind: 'flag', summary: 'refuse when a tool has this name already' },
  },
  examples: [
    { command: 'git gatos tool declare tools/echo/tool.json', note: 'with the files beside it' },
    { command: 'git gatos tool declare tool.json --new', note: 'and replace nothing' },
  ],
  exits: ['no', 'untrusted', 'denied', 'conflict', 'temporary'],
  seeAlso: ['tool list', 'tool show'],
  run: async (context, { manifest: path, new: isNew }) => {
    const bytes = await context.readSource({ from: 'file', path }, { maxBytes: LIMITS.toolManifestBytes });
    const manifest = parseToolManifest(bytes);
    const files = await readToolFiles(manifest, dirname(path));
    const { repository } = await context.openRepository();
    const writer = await repository.writer();
    const expected = isNew ? null : undefined;
    const { status, tool, replaced } = await declareTool(repository.ports, writer, { manifest, files, expected });
    const done = { recorded: replaced === null ? 'declared' : 'declared anew', exists: 'was declared already' };
    const { name } = tool;
    const same = (await listTools(repository.backend)).filter(
      (each) => each.name !== name && bytesEqual(each.id, tool.id),
    );
    const names = same.map((each) => each.name);
    const also =
      names.length === 0 ? [] : [`it is what ${names.join(', ')} is: with one id, keys and capabilities are shared`];
    return {
      value: {
        ...toolDetails(tool),
        status,
        replaced: replaced === null ? null : String(replaced.cid),
        same_as: names,
      },
      text: [`${name} ${done[status]}: ${runText(manifest.run)}`, ...also],
      next: [`see it: git gatos tool show ${name}`],
    };
  },
});
