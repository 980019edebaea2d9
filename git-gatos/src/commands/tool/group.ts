import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'tool',
  summary: 'say what may be called on the outside world',
  description: `
A tool is declared by a manifest, \`tool.json\`: what it takes and gives (JSON Schema), what it does, what its effects are, and how it is run: as a process, as WebAssembly,
over HTTP, or built in. Its id follows from all of that but how it is run, and its name: the same tool in another language is the same tool.
`,
  commands: [
    { name: 'declare', summary: 'record a tool by its manifest', load: () => import('./declare.js') },
    { name: 'list', summary: 'list the tools that are declared', load: () => import('./list.js') },
    { name: 'show', summary: 'show all that is known of a tool', load: () => import('./show.js') },
  ],
});
