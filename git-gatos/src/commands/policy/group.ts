import { defineGroup } from '../../command/index.js';

export const group = defineGroup({
  name: 'policy',
  summary: 'write the law that pushes are judged by',
  description: `
A policy is a set of \`.rgs\` files and of decisions in Markdown with \`rgs\` blocks. It says what is denied and what is warned of; every push is judged by it where a
gate stands. \`policy adopt\` makes it law under the signatures of the roots, and every denial can be explained and recomputed from a clone.
`,
  commands: [
    { name: 'new', summary: 'write a policy to start from', load: () => import('./new.js') },
    { name: 'check', summary: 'find what is wrong with a policy, all at once', load: () => import('./check.js') },
    { name: 'test', summary: 'run the tests of a policy', load: () => import('./test.js') },
    { name: 'fmt', summary: 'bring modules into the one layout', load: () => import('./fmt.js') },
    { name: 'compile', summary: 'compile a policy to its canonical bytes', load: () => import('./compile.js') },
    { name: 'eval', summary: 'judge an input document by a policy', load: () => import('./eval.js') },
    { name: 'adopt', summary: 'make a policy law', load: () => import('./adopt.js') },
    { name: 'sign', summary: 'sign a saved adoption', load: () => import('./sign.js') },
    { name: 'apply', summary: 'make a saved adoption law', load: () => import('./apply.js') },
    { name: 'show', summary: 'read the law: what is in force, or what a file holds', load: () => import('./show.js') },
    { name: 'explain', summary: 'explain a refused push, and judge it again', load: () => import('./explain.js') },
  ],
});
