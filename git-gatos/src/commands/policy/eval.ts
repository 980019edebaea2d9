import {
  Cid,
  checkInput,
  completeInput,
  type Decision,
  decode,
  encodeDecision,
  explainDecision,
  formatExplanation,
  inputJsonSchema,
  isGatosError,
  type JsonValue,
  LIMITS,
  type PolicyMachine,
  parseJson,
  preparePolicy,
} from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import { cliError } from '../../errors.js';
import type { Answer } from '../../output/outcome.js';
import { describeDecision } from '../../view/decision.js';
import { openActivePolicy } from './active.js';
import { policyFilesError } from './errors.js';
import { PATHS, shownPath } from './files.js';
import { withBundle } from './findings.js';

export const command = defineCommand({
  name: 'eval',
  summary: 'judge an input document by a policy',
  description: `
Evaluates a policy on a document in JSON (or DAG-CBOR, as denials keep it) and prints the decision: what fired, how it follows, and what would make it pass. The
exit status is 12 when it is denied. \`--active\` judges by the policy in force instead of by files.
`,
  positionals: [PATHS],
  options: {
    input: { kind: 'path', placeholder: 'FILE', summary: 'the document; - for standard input', complete: 'files' },
    partial: { kind: 'flag', summary: 'the document says only some fields; the others get their presets' },
    active: { kind: 'flag', summary: 'judge by the policy in force here' },
    schema: { kind: 'flag', summary: 'only print the JSON Schema of the document' },
  },
  examples: [
    { command: 'git gatos policy eval --input push.json', note: 'by the files below gatos/policies' },
    { command: 'git gatos policy eval --active --partial --input -', note: 'by the policy in force, from a pipe' },
  ],
  exits: ['denied', 'no', 'missing', 'temporary'],
  seeAlso: ['policy explain', 'policy test'],
  run: async (context, { paths, input, partial, active, schema }) => {
    if (schema) {
      const value = inputJsonSchema();
      return { value, text: JSON.stringify(value, null, 2) };
    }
    if (input === undefined)
      throw cliError('missing-option', {
        command: 'git gatos policy eval',
        option: '--input',
        summary: 'the document',
      });
    const bytes = await context.readSource(input === '-' ? { from: 'stdin' } : { from: 'file', path: input }, {
      maxBytes: LIMITS.policyInputBytes,
    });
    const document = documentOf(bytes, {
      path: input === '-' ? 'standard input' : shownPath(context.cwd, input),
      partial,
    });
    if (active) return judged((await openActivePolicy(context)).machine, document);
    return withBundle(context, paths, ({ bundle: { program, codeRoot, sources } }) =>
      judged(preparePolicy(program, { codeRoot, sources }), document),
    );
  },
});

/** JSON starts with ASCII, an encoded record never does. */
function documentOf(bytes: Uint8Array, { path, partial }: { path: string; partial: boolean }): JsonValue {
  try {
    const value = (bytes[0] ?? 0) >= 0x80 ? (decode(bytes) as JsonValue) : parseJson(bytes);
    if (partial) return completeInput(value) as unknown as JsonValue;
    const [problem] = checkInput(value);
    if (problem === undefined) return value;
    throw policyFilesError('no-input', { path, why: `${problem.path} ${problem.why}`, hint: problem.hint });
  } catch (cause) {
    if (!isGatosError(cause) || cause.code === 'policy-files/no-input') throw cause;
    throw policyFilesError('no-input', { path, why: cause.message, hint: cause.hint ?? null }, { cause });
  }
}

function judged(machine: PolicyMachine, document: JsonValue): Answer {
  const decision: Decision = machine.evaluate(document);
  const explanations = explainDecision(machine, document);
  return {
    value: { decision, decision_cid: Cid.hash('dag-cbor', encodeDecision(decision)), explanations },
    text: describeDecision(decision, explanations.map(formatExplanation)),
    exit: decision.verdict === 'allow' ? 'ok' : 'denied',
  };
}
