import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GatosError, isGatosError } from '../kernel/index.js';
import { ACTOR_KINDS, actorFromRefComponent, actorToRefComponent, formatActor, parseActor } from './index.js';

const SEED = 20_252;

interface ActorVector {
  readonly id: string;
  readonly note: string;
  readonly input: { readonly text: string };
  readonly want?: { readonly kind: string; readonly name: string; readonly ref: string };
  readonly wantError?: string;
}

const list: readonly ActorVector[] = JSON.parse(
  readFileSync(new URL('../../../conformance/vectors/identity/actors.json', import.meta.url), 'utf8'),
);

function codeOf(body: () => unknown): string {
  try {
    return `no error: ${JSON.stringify(body())}`;
  } catch (error) {
    return isGatosError(error) ? error.code : `not typed: ${String(error)}`;
  }
}

describe('golden vectors', () => {
  it.each(list.filter(({ want }) => want !== undefined))('$input.text', ({ input, want }) => {
    expect(parseActor(input.text)).toEqual({ kind: want?.kind, name: want?.name });
    expect(formatActor(parseActor(input.text))).toBe(input.text);
    expect(actorToRefComponent(input.text)).toBe(want?.ref);
    expect(actorFromRefComponent(want?.ref ?? '')).toBe(input.text);
  });

  it.each(list.filter(({ wantError }) => wantError !== undefined))('$id is refused: $note', ({ input, wantError }) => {
    expect(codeOf(() => parseActor(input.text))).toBe(wantError);
    expect(codeOf(() => actorToRefComponent(input.text))).toBe(wantError);
  });

  it('holds both kinds of cases', () => {
    expect(list).toHaveLength(38);
  });
});

describe('ref components', () => {
  it.each([
    'user',
    'alice',
    'root-alice',
    'user:alice',
    'user-',
    'User-a',
    'user-a..b',
    'user-a.lock',
    `user-${'a'.repeat(68)}`,
  ])('`%s` is no actor', (component) => {
    expect(codeOf(() => actorFromRefComponent(component))).toBe('identity/actor');
  });

  it(`any text is refused by both forms, or maps there and back (seed ${SEED})`, () => {
    const name = fc.string({ unit: fc.constantFrom(...'aaab000.-_lock:A') });
    const text = fc
      .tuple(fc.constantFrom(...ACTOR_KINDS, 'x', ''), fc.constantFrom(':', '-', ''), name)
      .map((parts) => parts.join(''));
    let accepted = 0;
    fc.assert(
      fc.property(text, (actor) => {
        try {
          expect(actorFromRefComponent(actorToRefComponent(actor))).toBe(actor);
          accepted++;
        } catch (error) {
          expect(error).toBeInstanceOf(GatosError);
        }
      }),
      { seed: SEED, numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});

describe('formatActor', () => {
  it('writes nothing that parseActor refuses', () => {
    expect(codeOf(() => formatActor({ kind: 'user', name: 'Alice' }))).toBe('identity/actor');
    expect(codeOf(() => formatActor({ kind: 'user', name: 'a'.repeat(68) }))).toBe('identity/actor');
  });
});

describe('messages', () => {
  it('quote foreign text in one short line without control characters', () => {
    const long = `user:${'a\u001b[31m\n'.repeat(10_000)}`;
    try {
      parseActor(long);
      expect.unreachable();
    } catch (error) {
      expect((error as GatosError).message.length).toBeLessThan(160);
      expect((error as GatosError).message).not.toMatch(/\p{Cc}/u);
    }
  });
});
