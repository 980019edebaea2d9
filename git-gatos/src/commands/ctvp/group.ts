import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'ctvp',
  summary: 'run conformance vectors of MYTHOS',
  description: `
A pack of vectors is a folder with a \`manifest.json\`, the files that it names, and the SHA-256 of each binary file beside it. The published pack of MYTHOS v0.2 is
one, \`conformance/vectors/mythos\` of the sources of GATOS another. What a vector is about is told by what the manifest says of it, never by its name.
`,
  commands: [
    { name: 'verify', summary: 'check every vector of a pack', load: () => import('./verify.js') },
    { name: 'list', summary: 'list the vectors of a pack', load: () => import('./list.js') },
  ],
});
