import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'cap',
  summary: 'say who may do what, how far, and for how long',
  description: `
A capability lets one key do one kind of thing: call a tool, read a range of a blob, run a training. It says how far, how often, from when and until when; whoever holds one that
may be passed on can give away a part of it. Nothing is done without one. What was issued, used and revoked is in the log, so a stranger can check who was allowed to do what.
`,
  commands: [
    { name: 'issue', summary: 'allow somebody one kind of thing, within limits', load: () => import('./issue.js') },
    {
      name: 'attenuate',
      summary: 'pass on a part of a capability that is yours',
      load: () => import('./attenuate.js'),
    },
    {
      name: 'show',
      summary: 'show a capability with what it rests on, and what rests on it',
      load: () => import('./show.js'),
    },
    {
      name: 'verify',
      summary: 'check a capability: every check, also after the first that fails',
      load: () => import('./verify.js'),
    },
    {
      name: 'revoke',
      summary: 'take back a capability, and all that rests on it',
      load: () => import('./revoke.js'),
    },
    { name: 'list', summary: 'list capabilities and how they stand', load: () => import('./list.js') },
  ],
});
