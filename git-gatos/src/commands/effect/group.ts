import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'effect',
  summary: 'call tools under authority, once, with receipts',
  description: `
An effect is what a call of a tool does to the outside world. A call with a key is made once: a lease is recorded before the tool is invoked, a signed receipt over the
exact bytes afterwards, and whoever repeats the call gets that receipt. Every call needs a capability. What contradicts itself stays refused until people resolve it.
`,
  commands: [
    { name: 'call', summary: 'call a tool', load: () => import('./call.js') },
    { name: 'show', summary: 'show all that is recorded of an effect', load: () => import('./show.js') },
    { name: 'history', summary: 'list effects', load: () => import('./history.js') },
    { name: 'resolve', summary: 'settle an effect that is unknown or divergent', load: () => import('./resolve.js') },
  ],
});
