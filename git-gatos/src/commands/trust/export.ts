import { formatAllowedSigner, type KeyState } from 'gatos-core';
import { defineCommand } from '../../command/index.js';

export const command = defineCommand({
  name: 'export',
  summary: 'print keys for other tools',
  description: `
Prints an allowed signers file, by which \`ssh-keygen -Y verify\` and \`git verify-commit\` know our people. Revoked keys are left out: SSH judges by
time, not by place in history.
`,
  options: { allowedSigners: { kind: 'flag', summary: 'the format of ssh-keygen(1); the only one so far' } },
  examples: [{ command: 'git gatos trust export --allowed-signers > allowed_signers', note: 'for ssh-keygen and git' }],
  exits: ['missing', 'untrusted'],
  seeAlso: ['key show'],
  run: async (context) => {
    const trust = await (await context.openRepository()).repository.trust();
    const lines = [...trust.state.keys.values()].filter(({ revoked }) => revoked === null).map(lineOf);
    const text = lines.filter((line): line is string => line !== null);
    return { value: text, text };
  },
});

function lineOf({ actor, key, not_before, not_after }: KeyState): string | null {
  return formatAllowedSigner({
    principals: [actor],
    key,
    validFrom: not_before === 0 ? undefined : not_before,
    validUntil: not_after === Number.MAX_SAFE_INTEGER ? undefined : not_after + 1,
  });
}
