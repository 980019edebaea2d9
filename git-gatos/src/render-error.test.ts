import { EXIT, errorArea, InvariantError, invariant } from 'gatos-core';
import { describe, expect, it } from 'vitest';
import { PLAIN } from './output/style.js';
import { renderError } from './render-error.js';

const fault = errorArea('test', {
  denied: { kind: 'denied', message: (d: { who: string }) => `\`${d.who}\` may not`, hint: () => 'ask a lead' },
});
const render = (error: unknown, debug = false) => renderError(error, { style: PLAIN, debug });

describe('renderError', () => {
  it('says message, causes and hint, and ends as the code says', () => {
    const cause = new Error('the policy says no', { cause: new Error('rule 7') });
    const { lines, exit, value } = render(fault('denied', { who: 'bob\u001b[2J' }, { cause }));
    expect(lines).toEqual([
      'error: `bob\\u001b[2J` may not',
      '  caused by: the policy says no',
      '  caused by: rule 7',
      'hint: ask a lead',
    ]);
    expect(exit).toBe(EXIT.denied);
    expect(value).toEqual({
      error: {
        code: 'test/denied',
        kind: 'denied',
        message: '`bob\u001b[2J` may not',
        hint: 'ask a lead',
        data: { who: 'bob\u001b[2J' },
        exit: 12,
        causes: ['the policy says no', 'rule 7'],
      },
    });
  });

  it('does not say the same thing twice, and survives a cause that is its own', () => {
    const loop = new Error('round and round');
    loop.cause = loop;
    expect(render(fault('denied', { who: 'bob' }, { cause: new Error('`bob` may not') })).lines).toHaveLength(2);
    expect(render(loop).lines.length).toBeLessThan(12);
  });

  it.each([
    ['an invariant', () => invariant(false, 'seq is contiguous'), 'invariant broken: seq is contiguous'],
    [
      'a TypeError',
      () => (undefined as unknown as { x: () => void }).x(),
      "Cannot read properties of undefined (reading 'x')",
    ],
    [
      'a thrown text',
      () => {
        throw 'oops';
      },
      'oops',
    ],
    [
      'a thrown nothing',
      () => {
        throw undefined;
      },
      'undefined',
    ],
  ])('asks to report %s, without a stack', (_, body, message) => {
    let thrown: unknown;
    try {
      body();
    } catch (error) {
      thrown = error;
    }
    const { lines, exit, value } = render(thrown);
    expect(exit).toBe(70);
    expect(lines).toEqual([`error: ${message}`, expect.stringMatching(/^hint: .*please report it.*GATOS_DEBUG=1/)]);
    expect(value).toMatchObject({ error: { code: 'cli/bug', kind: 'internal', exit: 70 } });
  });

  it('shows the stacks of the whole chain for debugging', () => {
    const { lines } = render(new InvariantError('a', { cause: new Error('b') }), true);
    expect(lines.join('\n')).toMatch(/InvariantError: a\n\s+at .*render-error\.test[\s\S]*Error: b\n\s+at /);
  });

  it.each([
    ['ENOSPC', 'no space left on the device `/x`'],
    ['EACCES', 'permission denied `/x`'],
  ])('takes %s for what it is', (code, message) => {
    const { lines, exit } = render(Object.assign(new Error(`${code}: whatever`), { code, path: '/x' }));
    expect(lines).toEqual([`error: ${message}`]);
    expect(exit).toBe(EXIT.temporary);
  });
});
