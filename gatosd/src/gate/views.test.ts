/** What the doors read before they judge: lines, the environment, refs under other names, requests on the wire. */
import fc from 'fast-check';
import { isGatosError, memoryBackend, type Oid, type RefStore } from 'gatos-core';
import { describe, expect, it } from 'vitest';
import { refusedBy } from './judging.js';
import { parseLines, readInput } from './push-lines.js';
import { namespacedRefs, rangeRefs, remoteRefs } from './ref-views.js';
import { exitOf } from './result.js';
import { namespacePrefix, outside, pusherOf, pushOptionsOf } from './surroundings.js';
import { formatAnswer, type GateRequest, RequestReader } from './wire.js';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const ZERO = '0'.repeat(40);
const lines = (text: string, form: 'pre-receive' | 'pre-push' = 'pre-receive') =>
  parseLines(Buffer.from(text), { form, format: 'sha1' });
const bad = (error: unknown) => isGatosError(error, 'door/bad-line');

describe('the lines of a push', () => {
  it('say what is to move where', () => {
    expect(lines(`${ZERO} ${A} refs/heads/a\n${A} ${ZERO} refs/heads/caf\u00e9\n${A} ${B} refs/x y\n`)).toEqual([
      { name: 'refs/heads/a', old: null, next: A },
      { name: 'refs/heads/caf\u00e9', old: A, next: null },
      { name: 'refs/x y', old: A, next: B },
    ]);
    expect(lines(`refs/heads/a ${A} refs/heads/b ${B}\n(delete) ${ZERO} refs/heads/c ${A}\n`, 'pre-push')).toEqual([
      { name: 'refs/heads/b', old: B, next: A },
      { name: 'refs/heads/c', old: A, next: null },
    ]);
    expect(lines('')).toEqual([]);
    const long = parseLines(Buffer.from(`${'0'.repeat(64)} ${'c'.repeat(64)} refs/a\n`), {
      form: 'pre-receive',
      format: 'sha256',
    });
    expect(long).toEqual([{ name: 'refs/a', old: null, next: 'c'.repeat(64) }]);
  });

  it.each([
    `${A} ${B} refs/a`,
    `${A} ${B}\n`,
    `${A}\n`,
    '\n',
    `${A.slice(1)} ${B} refs/a\n`,
    `${A.toUpperCase()} ${B} refs/a\n`,
    `${'0'.repeat(64)} ${A} refs/a\n`,
    `${A} ${B} refs/a\n\n`,
  ])('are not %j', (text) => {
    expect(() => lines(text)).toThrow(expect.toSatisfy(bad));
  });

  it('are not those of another hook, and not bytes that are no text', () => {
    expect(() => lines(`refs/heads/a ${A} refs/heads/b ${B} more\n`, 'pre-push')).toThrow(expect.toSatisfy(bad));
    expect(() =>
      parseLines(Buffer.from(`${A} ${B} refs/\xff\n`, 'latin1'), { form: 'pre-receive', format: 'sha1' }),
    ).toThrow(expect.toSatisfy(bad));
  });

  it('never make anything of noise but a refusal', () => {
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string().map((text) => Buffer.from(`${A} ${B} ${text}`)),
    );
    fc.assert(
      fc.property(noise, (bytes) => {
        try {
          for (const { name } of parseLines(bytes, { form: 'pre-receive', format: 'sha1' })) expect(name).not.toBe('');
        } catch (error) {
          expect(bad(error)).toBe(true);
        }
      }),
      { seed: 20261120 },
    );
  });

  it('are read to their end', async () => {
    async function* chunks() {
      yield Buffer.from('ab');
      yield Buffer.from('cd');
    }
    expect(Buffer.from(await readInput(chunks())).toString()).toBe('abcd');
    await expect(readInput(chunks(), 3)).rejects.toSatisfy((error) => isGatosError(error, 'door/too-long'));
  });
});

describe('the environment of a hook', () => {
  it('names a namespace, whoever pushes, and options', () => {
    expect(namespacePrefix({})).toBe('');
    expect(namespacePrefix({ GIT_NAMESPACE: 'a//b/' })).toBe('refs/namespaces/a/refs/namespaces/b/');
    for (const GIT_NAMESPACE of ['a b', '..', 'a.lock', 'a\n']) {
      expect(() => namespacePrefix({ GIT_NAMESPACE })).toThrow(
        expect.toSatisfy((error: unknown) => isGatosError(error, 'door/namespace')),
      );
    }
    expect(pusherOf({})).toBe(null);
    expect(pusherOf({ REMOTE_USER: 'r', GL_USER: 'g' })).toBe('g');
    expect(pusherOf({ REMOTE_USER: 'r', GL_USER: '', GATOS_PUSHER: 'p' })).toBe('p');
    for (const GATOS_PUSHER of ['a\nb', '\u202e', 'x'.repeat(300)]) expect(pusherOf({ GATOS_PUSHER })).toBe(null);
    expect(pushOptionsOf({ GIT_PUSH_OPTION_COUNT: '2', GIT_PUSH_OPTION_0: 'a', GIT_PUSH_OPTION_1: '' })).toEqual([
      'a',
      '',
    ]);
    for (const count of ['-1', 'x', '1e9', '']) expect(pushOptionsOf({ GIT_PUSH_OPTION_COUNT: count })).toEqual([]);
  });

  it('leaves all three names of the quarantine without a value', () => {
    const env = outside({ GIT_QUARANTINE_PATH: 'a', GIT_OBJECT_DIRECTORY: 'b', HOME: 'h' });
    expect(env).toEqual({
      GIT_QUARANTINE_PATH: undefined,
      GIT_OBJECT_DIRECTORY: undefined,
      GIT_ALTERNATE_OBJECT_DIRECTORIES: undefined,
      HOME: 'h',
    });
    expect(Object.keys(env)).toContain('GIT_ALTERNATE_OBJECT_DIRECTORIES');
  });
});

describe('refs under other names', () => {
  async function store(...names: readonly string[]) {
    const { refs, objects } = memoryBackend();
    const [next] = await objects.write([{ type: 'blob', content: new Uint8Array(1) }]);
    await refs.transaction(names.map((name) => ({ name, expected: null, next: next as Oid })));
    return { refs, oid: next as Oid };
  }
  const names = async (refs: RefStore, prefix: string) => (await refs.list(prefix)).map(({ name }) => name);

  it('are those of a namespace alone, to read and to write', async () => {
    const inside = 'refs/namespaces/a/';
    const { refs, oid } = await store('refs/heads/x', `${inside}refs/heads/y`);
    const view = namespacedRefs(refs, inside);
    expect(await names(view, 'refs/')).toEqual(['refs/heads/y']);
    expect([await view.read('refs/heads/x'), await view.read('refs/heads/y')]).toEqual([null, oid]);
    await view.transaction([{ name: 'refs/heads/z', expected: null, next: oid }]);
    expect(await names(refs, inside)).toEqual([`${inside}refs/heads/y`, `${inside}refs/heads/z`]);
    expect(namespacedRefs(refs, '')).toBe(refs);
  });

  it('are those that a remote has, but where it says itself what it has', async () => {
    const { refs, oid } = await store(
      'refs/gatos-remote/origin/trust',
      'refs/gatos-remote/origin/journal/a/b',
      'refs/gatos-remote/other/x',
      'refs/remotes/origin/HEAD',
      'refs/remotes/origin/main',
      'refs/tags/v1',
      'refs/heads/mine',
      'refs/gatos/trust',
      'refs/gatos/mine',
    );
    const known = new Map([
      ['refs/heads/main', null],
      ['refs/gatos/new', B],
    ]);
    const view = remoteRefs(refs, { remote: 'origin', known });
    expect(await names(view, 'refs/')).toEqual([
      'refs/gatos/journal/a/b',
      'refs/gatos/new',
      'refs/gatos/trust',
      'refs/tags/v1',
    ]);
    expect(await names(view, 'refs/gatos/journal/')).toEqual(['refs/gatos/journal/a/b']);
    expect(await names(view, 'refs/gatos/trust')).toEqual(['refs/gatos/trust']);
    expect(await names(view, 'refs/gatos')).toEqual([]);
    const read = (name: string) => view.read(name);
    expect(await read('refs/gatos/trust')).toBe(oid);
    expect([await read('refs/heads/main'), await read('refs/heads/mine'), await read('refs/gatos/mine')]).toEqual([
      null,
      null,
      null,
    ]);
    expect(await read('refs/gatos/new')).toBe(B);
    const written = view.transaction([{ name: 'refs/a', expected: null, next: oid }]);
    await expect(written).rejects.toSatisfy((error) => isGatosError(error, 'git/no-access'));
    const range = rangeRefs(refs, { remote: 'origin', known: new Map([['refs/gatos/trust', null]]) });
    expect(await names(range, 'refs/')).toEqual([
      'refs/gatos/journal/a/b',
      'refs/gatos/mine',
      'refs/heads/main',
      'refs/tags/v1',
    ]);
    expect(await names(rangeRefs(refs, { remote: null, known: new Map() }), 'refs/')).toEqual([
      'refs/gatos/mine',
      'refs/gatos/trust',
    ]);
  });
});

describe('a request on the wire', () => {
  const request = (env: string, input: string, place = '1:2') =>
    Buffer.from(`gatos-gate 1 ${place} ${Buffer.byteLength(env)} ${Buffer.byteLength(input)}\n${env}${input}`);

  /** What becomes of bytes that arrive in pieces. */
  function arrive(bytes: Uint8Array, cuts: readonly number[]): GateRequest | 'bad' | null {
    const reader = new RequestReader(1000);
    let found: GateRequest | 'bad' | null = null;
    let from = 0;
    for (const cut of [...cuts, bytes.length]) {
      const to = Math.max(from, Math.min(cut, bytes.length));
      if (to > from) found = reader.push(bytes.subarray(from, to));
      if (found === 'bad') return found;
      from = to;
    }
    return found;
  }

  it('is whole however it arrives', () => {
    const bytes = request('GIT_DIR=.\0A=b=c\0', 'x\ny');
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 6 }), (cuts) => {
        const found = arrive(
          bytes,
          [...cuts].sort((a, b) => a - b),
        );
        expect(found).toEqual({
          place: '1:2',
          env: { GIT_DIR: '.', A: 'b=c' },
          input: new Uint8Array(Buffer.from('x\ny')),
        });
      }),
      { seed: 20261120 },
    );
    expect(arrive(bytes.subarray(0, -1), [])).toBe(null);
  });

  it.each([
    ['another word', Buffer.from('hello\n')],
    ['another version', Buffer.from('gatos-gate 2 1:2 0 0\n')],
    ['a line without end', Buffer.from('g'.repeat(200))],
    ['more than was said', Buffer.concat([request('', 'a'), Buffer.from('b')])],
    ['too long an input', Buffer.from('gatos-gate 1 1:2 0 1001\n')],
    ['too much of an environment', Buffer.from('gatos-gate 1 1:2 99999999 0\n')],
    ['a variable without its end', request('A=b', '')],
    ['a variable without a name', request('=b\0', '')],
  ])('is not %s', (_, bytes) => {
    expect(arrive(bytes, [])).toBe('bad');
  });

  it('is answered by a verdict and lines whose length is told', () => {
    expect(Buffer.from(formatAnswer('deny', ['caf\u00e9', 'b'])).toString()).toBe(
      'gatos-gate 1 deny 8\ncaf\u00e9\nb\n',
    );
    expect(Buffer.from(formatAnswer('allow', [])).toString()).toBe('gatos-gate 1 allow 0\n');
  });
});

describe('the status of a refusal', () => {
  it.each([
    ['policy/x', 12],
    ['gate/append-only', 14],
    ['gate/no-deletion', 14],
    ['gate/signature', 11],
    ['gate/proof-of-fold', 13],
    ['gate/could-not-check', 30],
    ['gate/malformed', 1],
    ['gate/foreign-ref', 12],
  ])('by %s is %d', (rule, exit) => {
    const judgement = refusedBy(new Error('x'));
    expect(exitOf({ ...judgement, refusals: [{ ...judgement.refusals[0], rule } as never] })).toBe(exit);
    expect(exitOf({ ...judgement, verdict: 'allow' })).toBe(0);
  });
});
