import { keysOf } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { shellWord } from '../../view/shell.js';
import { makeChange, OUT_OPTION } from './change.js';

export const command = defineCommand({
  name: 'set-group',
  summary: 'say who is in a group',
  description: 'Sets the members of a group, such as the leads of a quorum; without members the group is dissolved.',
  positionals: [
    { name: 'name', kind: 'text', summary: 'name of the group, without @' },
    { name: 'members', kind: 'rest', of: 'text', summary: 'actors' },
  ],
  options: { out: OUT_OPTION },
  examples: [{ command: 'git gatos trust set-group leads user:alice user:bob', note: '@leads is Alice and Bob' }],
  exits: ['no', 'untrusted', 'conflict'],
  seeAlso: ['trust show'],
  run: async (context, { name, members, out }) => {
    const { state } = await (await context.openRepository()).repository.trust();
    const able = (actor: string): boolean => keysOf(state, actor).some(({ revoked }) => revoked === null);
    // A member may get a key later, and a name that nobody bears is more often a slip.
    const keyless = members.filter((actor) => !able(actor));
    const answer = await makeChange(context, { changes: [{ op: 'set-group', name, members }], out });
    const next = keyless.map(
      (actor) => `${actor} has no key here yet: git gatos trust add ${shellWord(actor)} FILE.pub`,
    );
    return { ...answer, value: { ...answer.value, without_key: keyless }, next: [...next, ...answer.next] };
  },
});
