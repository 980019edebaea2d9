import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { referenceExamples, referenceRows } from '../../../testing/policy-reference.js';
import { LIMITS } from '../../kernel/index.js';
import { SIGNATURES } from '../builtins/index.js';
import { INPUT_TYPE, type Type } from '../input/index.js';
import { PLACE_WORDS, RESERVED_WORDS } from '../language/index.js';

const page = readFileSync(new URL('../../../../docs/policy-language.md', import.meta.url), 'utf8');
const examples = referenceExamples(page);

const NAMES = { null: 'null', bool: 'boolean', int: 'integer', text: 'text', any: 'any', map: 'map', record: 'record' };

function nameOf(type: Type): string {
  if (type.t === 'nullable') return `${nameOf(type.of)} or null`;
  if (type.t === 'list') return type.of.t === 'record' ? 'list' : `list of ${nameOf(type.of)}s`;
  return NAMES[type.t];
}

/** One row for each field of the document. */
function fieldsOf(type: Type, path: string): readonly string[] {
  if (type.t === 'nullable') return fieldsOf(type.of, path);
  if (type.t === 'list') return fieldsOf(type.of, `${path}[]`);
  if (type.t !== 'record') return [];
  return Object.entries(type.fields).flatMap(([name, field]) => {
    const at = `${path}.${name}`;
    const choices = field.oneOf === undefined ? '' : `: ${field.oneOf.map((each) => `\`${each}\``).join(', ')}`;
    return [`| \`${at}\` | ${nameOf(field.type)} | ${field.about}${choices} |`, ...fieldsOf(field.type, at)];
  });
}

describe('docs/policy-language.md', () => {
  it.each(examples)('$title', ({ check }) => {
    expect(check()).toBeNull();
  });

  it('has examples of every kind', () => {
    for (const kind of ['holds', 'fails', 'warns', 'explain'])
      expect(
        examples.some(({ title }) => title.endsWith(kind)),
        kind,
      ).toBe(true);
    expect(examples.length).toBeGreaterThan(110);
  });

  it('shows every built-in by an example, with what it does', () => {
    const rows = referenceRows(page);
    for (const { name, about } of SIGNATURES.values()) {
      expect(
        rows.some(({ expression }) => expression.includes(`${name}(`)),
        name,
      ).toBe(true);
      expect(page, name).toContain(about.replaceAll('|', '\\|'));
    }
  });

  it('lists every field of the document, and every word', () => {
    const missing = fieldsOf(INPUT_TYPE, 'input').filter((row) => !page.includes(row));
    expect(missing.join('\n')).toBe('');
    for (const word of [...RESERVED_WORDS, ...PLACE_WORDS]) expect(page, word).toContain(`\`${word}\``);
  });

  it('says the bounds as they are', () => {
    const rows = [...page.matchAll(/^\| .* \| ([\d,]+) \| `(policy\w+)` \|$/gm)];
    expect(rows.length).toBeGreaterThan(10);
    for (const [, value = '', name = ''] of rows)
      expect(Number(value.replaceAll(',', '')), name).toBe(LIMITS[name as keyof typeof LIMITS]);
  });

  it('would not do if an example were wrong', () => {
    const wrong = [
      '```rgs\ndeny "d" when { x > 1 }\n```',
      '```rgs\nconst a = 1\ntest "t" { given {} expect deny }\n```',
      '```rgs fails\nconst a = 1\n```\n```text\nnothing\n```',
      '```rgs explain\nwarn "w" when { true }\n```\n```json\n{}\n```\n```text\nno\n```',
      '```rgs\nconst  a = 1\n```',
      '```rgs shrugs\nconst a = 1\n```',
      '## A\n```rgs a.rgs\nimport b\n```',
      '| `1 + 1` | `3` | |',
      '| `div(1, 0)` | `3` | |',
      '| `div(1, 1)` | error `policy/division` | |',
    ];
    for (const text of wrong) {
      const found = referenceExamples(text);
      expect(found, text).toHaveLength(1);
      expect(found[0]?.check(), text).not.toBeNull();
    }
  });
});
