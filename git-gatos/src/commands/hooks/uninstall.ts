import { uninstallHooks } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import { visible } from '../../output/style.js';
import { oneSide } from './side.js';

export const command = defineCommand({
  name: 'uninstall',
  summary: 'take the gate away',
  description: `
Takes our hooks away and puts back what was there before, byte for byte; of both sides unless one is named. A hook that is not ours is left alone. The key of the gate stays:
what it has signed is to be verified.
`,
  options: {
    server: { kind: 'flag', summary: 'only the hook that judges what is pushed here' },
    client: { kind: 'flag', summary: 'only the hook that judges what is pushed from here' },
  },
  examples: [{ command: 'git gatos hooks uninstall', note: 'both sides' }],
  exits: ['no', 'missing', 'temporary'],
  seeAlso: ['hooks install'],
  run: async ({ cwd, env }, { server, client }) => {
    const side = oneSide({ server, client }, 'git gatos hooks uninstall');
    const hooks = await uninstallHooks({ cwd, env, side });
    return { value: { hooks }, text: hooks.map(({ hook, path, what }) => `${DONE[what]} ${hook} ${visible(path)}`) };
  },
});

const DONE = {
  removed: 'removed ',
  restored: 'restored the former',
  absent: 'not there:',
  foreign: 'not ours, left alone:',
} as const;
