import { explainDenial, REF_PREFIX, readDenial } from 'gatos-core';
import { defineCommand } from '../../command/index.js';
import type { Context } from '../../context.js';
import type { Answer } from '../../output/outcome.js';
import { counted } from '../../view/count.js';
import { denialLine, denialValue, describeAgain, describeDenial } from '../../view/denial.js';

export const command = defineCommand({
  name: 'explain',
  summary: 'explain a refused push, and judge it again',
  description: `
Prints what was refused and why, then evaluates the recorded document again under the policy that was in force, from this clone alone: the derivation of each denial, what
would have made it pass, and whether the decision is the recorded one, byte for byte. Without an id, lists the recorded denials, newest first.
`,
  positionals: [
    {
      name: 'id',
      kind: 'text',
      optional: true,
      summary: 'id of the denial, as the push was told',
      complete: 'denials',
    },
  ],
  options: {
    limit: {
      kind: 'int',
      min: 1,
      max: 10_000,
      default: 20,
      placeholder: 'N',
      summary: 'how many to list without an id',
    },
  },
  examples: [
    { command: 'git gatos policy explain 01J8Z3V6E0R4Q9T2M5K7N1P8XA', note: 'a push that was refused' },
    { command: 'git gatos policy explain', note: 'what was refused lately' },
  ],
  exits: ['missing', 'mismatch', 'unchecked'],
  seeAlso: ['policy show', 'policy eval', 'verify'],
  run: async (context, { id, limit }) => {
    const { backend } = (await context.openRepository()).repository;
    if (id === undefined) return list(context, limit);
    const explanation = await explainDenial({ backend }, id);
    const { denial, outcome, differences, decision, explanations, fault } = explanation;
    return {
      value: {
        denial: denialValue(denial),
        outcome,
        decision,
        differences,
        explanations,
        fault: fault === null ? null : { code: fault.code, message: fault.message },
      },
      text: [...describeDenial(denial, context.colour), '', ...describeAgain(explanation, context.colour)],
      exit: EXITS[outcome],
    };
  },
});

const EXITS = {
  same: 'ok',
  'no-policy': 'ok',
  different: 'mismatch',
  'not-kept': 'unchecked',
  unknown: 'unchecked',
} as const;

async function list(context: Context, limit: number): Promise<Answer> {
  const { backend } = (await context.openRepository()).repository;
  const prefix = `${REF_PREFIX}audit/policy/deny/`;
  // Ids begin with their time.
  const ids = (await backend.refs.list(prefix)).map(({ name }) => name.slice(prefix.length)).toReversed();
  const denials = [];
  for (const id of ids.slice(0, limit)) denials.push((await readDenial(backend, id)).body);
  const more = ids.length - denials.length;
  return {
    value: denials.map(denialValue),
    text:
      denials.length === 0 ? 'no denial is recorded here' : denials.map((denial) => denialLine(denial, context.colour)),
    next: more > 0 ? [`${counted(more, 'older denial')}: git gatos policy explain --limit ${ids.length}`] : [],
  };
}
