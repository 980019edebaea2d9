/** Everything that the rules let be recorded, and every struct of the tables, is explained to its last field. */
import { RULES, type Schema } from 'gatos-core';
import { STRUCTS } from 'gatos-core/mythos';
import { describe, expect, it } from 'vitest';
import { MEANINGS, meaningOf, STRUCT_MEANINGS } from './meanings/index.js';

type Shape = Schema<unknown>['shape'];

/** Places of a shape that hold a value: `files[].path`. */
function placesOf(shape: Shape, path = ''): readonly string[] {
  switch (shape.t) {
    case 'struct':
      return Object.entries(shape.fields).flatMap(([name, field]) =>
        placesOf(field.shape, path === '' ? name : `${path}.${name}`),
      );
    case 'nullable':
      return placesOf(shape.of, path);
    case 'list':
      return shape.item.t === 'struct' || shape.item.t === 'nullable' ? placesOf(shape.item, `${path}[]`) : [path];
    default:
      return [path];
  }
}

const kinds = [...new Map(RULES.flatMap(({ kinds }) => kinds).map((kind) => [kind.kind, kind])).values()];

describe('record kinds', () => {
  it.each(kinds.map((kind) => [kind.kind, kind] as const))('%s', (name, kind) => {
    const meaning = MEANINGS.get(name);
    expect(meaning, `${name} has no meaning`).toBeDefined();
    if (meaning === undefined) return;
    expect(meaning.spec).toMatch(/^docs\//);
    const places = kind.schema.shape.t === 'struct' ? placesOf(kind.schema.shape) : [];
    expect(places.filter((place) => meaningOf(meaning, place) === undefined)).toEqual([]);
  });

  it('there are no meanings of what does not exist', () => {
    const known = new Set(kinds.map(({ kind }) => kind));
    expect([...MEANINGS.keys()].filter((kind) => !known.has(kind))).toEqual([]);
  });
});

describe('structs', () => {
  it.each(STRUCTS.map((struct) => [struct.name, struct] as const))('%s', (name, { members }) => {
    expect(STRUCT_MEANINGS[name], `${name} has no meaning`).toBeDefined();
    expect(members.filter(({ does }) => does === '').map((member) => member.name)).toEqual([]);
  });
});
