import { syncWith } from 'gatosd';
import { defineCommand } from '../command/index.js';
import { describeSync, exitOfSync, syncValue } from '../view/sync.js';

export const command = defineCommand({
  name: 'sync',
  summary: 'bring chains here, verified, and push ours',
  description: `
Fetches \`refs/gatos/*\` of a remote into a namespace of its own, verifies what is new, advances local chains by fast-forward and pushes what is
newer here, verified too. Nothing is ever forced: a chain with two histories is left as it is and named.

If you wrote on your own journal, or on one topic of the bus, in two clones, \`--re-emit\` signs the events and messages that are only here again, on top
of the history that is there; they keep their CIDs. So it does with your records of tools, capabilities and blobs, unless both sides changed the same one; ledgers of
effects, and of uses of capabilities, are never joined. Checkpoints and fold definitions of this clone that nobody else has seen give way to those that are there.
`,
  positionals: [
    { name: 'remote', kind: 'text', optional: true, default: 'origin', summary: 'the remote', complete: 'remotes' },
  ],
  options: {
    noPush: { kind: 'flag', summary: 'only bring, do not push' },
    reEmit: {
      kind: 'flag',
      summary: 'where a journal of yours or a topic has two histories, put yours on top of theirs',
    },
  },
  examples: [
    { command: 'git gatos sync', note: 'exchange with origin' },
    { command: 'git gatos sync --re-emit', note: 'after you wrote in two clones' },
  ],
  exits: ['untrusted', 'denied', 'mismatch', 'rewritten', 'conflict', 'missing', 'unchecked', 'temporary'],
  seeAlso: ['clone', 'verify'],
  run: async (context, { remote, noPush, reEmit }) => {
    const { cwd, env, progress, signal } = context;
    const workspace = await context.openRepository();
    const result = await syncWith(workspace, { cwd, env, remote, push: !noPush, reEmit, progress, signal });
    return { value: syncValue(result), text: describeSync(result), exit: exitOfSync(result) };
  },
});
