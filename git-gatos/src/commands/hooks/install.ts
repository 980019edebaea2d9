import { type InstallHooksResult, installHooks, type Side } from 'gatosd';
import { defineCommand } from '../../command/index.js';
import type { Context } from '../../context.js';
import { visible } from '../../output/style.js';
import { oneSide } from './side.js';

export const command = defineCommand({
  name: 'install',
  summary: 'put the gate in place',
  description: `
\`--server\` installs a \`pre-receive\` hook: every push to this repository is judged, and denials are recorded under a key of the gate's own, which the roots add to the trust
chain once. \`--client\` installs a \`pre-push\` hook: this clone says what the server would say, before anything is sent. Without either, a bare repository gets the
first and any other the second. Running it again changes nothing.
`,
  options: {
    server: { kind: 'flag', summary: 'judge what is pushed to this repository' },
    client: { kind: 'flag', summary: 'judge what is pushed from this clone' },
    actor: { kind: 'text', placeholder: 'ACTOR', summary: 'who records denials; default: service:gate' },
    trust: { kind: 'flag', summary: 'add the key of the gate to the trust chain at once, as a root' },
  },
  examples: [
    { command: 'git gatos hooks install --server --trust', note: 'at the server, by a root' },
    { command: 'git gatos hooks install --client', note: 'in a clone' },
  ],
  exits: ['no', 'untrusted', 'conflict', 'missing', 'temporary'],
  seeAlso: ['hooks uninstall', 'gate pre-receive', 'gate serve', 'githooks(5)'],
  run: async (context, { server, client, actor, trust }) => {
    const { cwd, env, prompt } = context;
    const passphrase = (label: string) => prompt.passphrase(label);
    const side = oneSide({ server, client }, 'git gatos hooks install') ?? (await defaultSide(context));
    const result = await installHooks({ cwd, env, passphrase, side, actor, trust });
    return { value: result, text: linesOf(result), next: nextOf(result, side) };
  },
});

async function defaultSide(context: Context): Promise<Side> {
  return (await context.openRepository()).backend.workTree === null ? 'server' : 'client';
}

const DONE = { installed: 'installed', renewed: 'renewed  ', kept: 'present  ' } as const;

function linesOf({ hooks, gate }: InstallHooksResult): readonly string[] {
  return [
    ...hooks.flatMap(({ what, hook, path, chained }) => [
      `${DONE[what]} ${hook} ${visible(path)}`,
      ...(chained === null ? [] : [`          the hook that was there runs first: ${visible(chained)}`]),
    ]),
    ...(gate === null
      ? []
      : [
          `${gate.made ? 'made     ' : 'present  '} key of the gate ${gate.key}`,
          gate.trusted
            ? `denials are recorded by ${gate.actor}${gate.added ? ', which is trusted from now on' : ''}`
            : `pushes are judged, but denials are not recorded yet: the trust chain does not know this key of ${gate.actor}`,
        ]),
  ];
}

function nextOf({ gate }: InstallHooksResult, side: Side): readonly string[] {
  if (side === 'client')
    return ['see what a push would be told: git gatos gate check --range origin/main..HEAD --ref main'];
  return [
    ...(gate?.command === null || gate === null ? [] : [`the roots add the key of the gate: ${gate.command}`]),
    'judge pushes quickly: git gatos gate serve',
  ];
}
