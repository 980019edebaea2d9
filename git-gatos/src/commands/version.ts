import { defineCommand } from '../command/index.js';
import { VERSION } from '../version.js';

export const command = defineCommand({
  name: 'version',
  summary: 'say which version this is',
  description: `
Prints the version of git-gatos. With \`--json\` also what it runs on, which belongs into a bug report.
`,
  examples: [
    { command: 'git gatos version', note: 'the version' },
    { command: 'git gatos version --json', note: 'for a bug report' },
  ],
  run: () => ({
    value: { version: VERSION, node: process.versions.node, platform: process.platform, arch: process.arch },
    text: `git-gatos ${VERSION}`,
  }),
});
