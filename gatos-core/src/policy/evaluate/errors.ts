/** Faults of the evaluator: what is wrong with a program or a document, not with a rule (those are in the decision). */
import { errorArea } from '../../kernel/index.js';

export const evaluateError = errorArea('evaluate', {
  program: {
    kind: 'input',
    message: (d: { why: string }) => `the compiled policy cannot be run: ${d.why}`,
    hint: () => 'compile the bundle again with this version of git gatos',
  },
  source: {
    kind: 'integrity',
    message: (d: { file: string; why: string }) =>
      `the source \`${d.file}\` does not belong to the compiled policy: ${d.why}`,
  },
  input: {
    kind: 'input',
    message: (d: { why: string }) => `the document cannot be judged: ${d.why}`,
  },
  decision: {
    kind: 'input',
    message: (d: { why: string }) => `this is no decision: ${d.why}`,
  },
});
