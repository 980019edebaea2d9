import { initRepository } from 'gatosd';
import { defineCommand } from '../command/index.js';
import { shellWord } from '../view/shell.js';

export const command = defineCommand({
  name: 'init',
  summary: 'start here: a repository, a key, and the trust chain',
  description: `
Makes a Git repository if there is none, a signing key if you have none, and the genesis of the trust chain, which names you as the first
root. In an existing repository it adds only what is missing; running it again changes nothing.

The key is the one given by \`--key\`, else the one set, else the Ed25519 SSH key that git signs with (\`gpg.format=ssh\`), else an own key
file called \`default\`.
`,
  positionals: [
    { name: 'directory', kind: 'path', optional: true, summary: 'where; default: here', complete: 'directories' },
  ],
  options: {
    profile: {
      kind: 'choice',
      choices: ['default', 'research', 'local'],
      default: 'default',
      summary: 'how strict the repository is',
    },
    actor: { kind: 'text', placeholder: 'ACTOR', summary: 'who you are here, such as user:alice' },
    key: {
      kind: 'text',
      placeholder: 'KEY',
      summary: 'key that signs: a name, a path, agent:SHA256:…',
      complete: 'keys',
    },
    bare: { kind: 'flag', summary: 'make a bare repository' },
    offline: { kind: 'flag', summary: 'start a history although a remote cannot be asked whether it has one' },
  },
  examples: [
    { command: 'git gatos init', note: 'start in this folder' },
    { command: 'git gatos init --profile research --key ~/.ssh/id_ed25519', note: 'with an SSH key you have' },
  ],
  exits: ['no', 'conflict', 'missing', 'unchecked', 'temporary'],
  seeAlso: ['clone', 'trust show', 'emit'],
  run: async ({ cwd, env, prompt }, args) => {
    const result = await initRepository({
      cwd: args.directory ?? cwd,
      env,
      passphrase: (label) => prompt.passphrase(label),
      profile: args.profile,
      actor: args.actor,
      key: args.key,
      bare: args.bare,
      offline: args.offline,
    });
    const text = result.steps.map(
      ({ what, made, detail }) => `${made ? 'made   ' : 'present'} ${what.padEnd(10)} ${detail}`,
    );
    text.push(`you are ${result.actor}`);
    const at = args.directory === undefined || args.directory === cwd ? '' : ` -C ${shellWord(args.directory)}`;
    const next = result.trusted
      ? [`record an event: git${at} gatos emit --type add --payload '{"n":10}'`]
      : [
          `your key is not in the trust chain yet; a root adds it: git gatos trust add ${result.actor} ${result.publicKey}`,
        ];
    return { value: result, text, next };
  },
});
