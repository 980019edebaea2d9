/** Explanations as plain text. */
import type { Derivation, LiteralProof } from './derivation.js';
import type { Explanation, Way } from './explain.js';
import type { Position } from './positions.js';
import type { Need } from './why-not.js';

const at = ({ file, line, column }: Position): string =>
  line === 0 ? `${file}@${column}` : `${file}:${line}:${column}`;

/** Several lines, no colours, no final line end. */
export function formatExplanation({ firing, form, derivation, ways }: Explanation): string {
  const because = firing.because === null ? '' : ` (${firing.because})`;
  const lines = [`${form} "${firing.id}"${because} at ${at(firing)}`, `  ${firing.message}`];
  if (derivation !== null) lines.push('why:', ...formatDerivation(derivation, '  '));
  if (ways.length > 0) {
    lines.push(
      firing.effect === 'deny' ? 'what would make it pass:' : 'what would silence it:',
      ...ways.flatMap(formatWay),
    );
  }
  if (firing.hint !== null) lines.push(`hint: ${firing.hint}`);
  return lines.join('\n');
}

function formatDerivation({ bindings, literals }: Derivation, indent: string): readonly string[] {
  const bound = bindings.map(({ name, value }) => `${name} = ${value}`);
  return [
    ...bound.map((each) => `${indent}with ${each}`),
    ...literals.flatMap((literal) => formatLiteral(literal, indent)),
  ];
}

function formatLiteral(literal: LiteralProof, indent: string): readonly string[] {
  const lines = [`${indent}${literal.text}  [${at(literal)}]`];
  for (const { path, value } of literal.reads) lines.push(`${indent}  ${path} = ${value}`);
  const { because } = literal;
  if (because !== null)
    lines.push(`${indent}  by ${because.rule} at ${at(because)}`, ...formatDerivation(because, `${indent}    `));
  return lines;
}

function formatWay({ needs, literal }: Way): readonly string[] {
  if (needs.length === 0) return [`  - \`${literal}\` fails`];
  return needs.map((need) => `  - ${formatNeed(need)}`);
}

function formatNeed({ needed, found, ...position }: Need): string {
  return `${needed}${found === null ? '' : ` (${found})`}  [${at(position)}]`;
}
