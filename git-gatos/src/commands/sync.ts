import { syncWith } from 'gatosd';
import { defineCommand } from '../command/index.js';
import { describeSync, exitOfSync } from '../view/sync.js';

export const command = defineCommand({
  name: 'sync',
  summary: 'bring chains here, verified, and push ours',
  description: `
Fetches \`refs/gatos/*\` of a remote into a namespace of its own, verifies what is new, advances local chains by fast-forward and pushes what is
newer here. Nothing is ever forced: a chain with two histories is left as it is and named.
`,
  positionals: [
    { name: 'remote', kind: 'text', optional: true, default: 'origin', summary: 'the remote; default: origin' },
  ],
  options: { noPush: { kind: 'flag', summary: 'only bring, do not push' } },
  examples: [{ command: 'git gatos sync', note: 'exchange with origin' }],
  exits: ['untrusted', 'mismatch', 'rewritten', 'missing', 'temporary', 'denied'],
  seeAlso: ['clone', 'verify'],
  run: async (context, { remote, noPush }) => {
    const { cwd, env, progress, signal } = context;
    const workspace = await context.openRepository();
    const result = await syncWith(workspace, { cwd, env, remote, push: !noPush, progress, signal });
    return { value: result, text: describeSync(result), exit: exitOfSync(result) };
  },
});
