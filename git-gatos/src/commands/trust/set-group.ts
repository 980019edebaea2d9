import { defineCommand } from '../../command/index.js';
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
  run: (context, { name, members, out }) => makeChange(context, { changes: [{ op: 'set-group', name, members }], out }),
});
