import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '#hash';
import { type FoundKeys, type KeyEntry, keyHash, memoryKeyIndex } from '../../src/journal/index.js';
import { utf8 } from '../../src/kernel/index.js';
import { type FileKeyIndex, fileKeyIndex } from './index.js';

const root = mkdtempSync(join(tmpdir(), 'gatos-keys-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let count = 0;
let directory: string;
const opened: FileKeyIndex[] = [];

function open(at = directory): FileKeyIndex {
  const index = fileKeyIndex(at);
  opened.push(index);
  return index;
}

beforeEach(() => {
  directory = join(root, `index-${count++}`);
});
afterEach(() => {
  for (const index of opened.splice(0)) index.close();
});

const CHAIN = 'journal/default/user-alice';

function oid(name: string): string {
  return Buffer.from(sha256(utf8(name)).subarray(0, 20)).toString('hex');
}

function entry(key: string, content = key): KeyEntry {
  const hash = new Uint8Array(sha256(utf8(`content ${content}`)));
  return { key: keyHash(key), content: hash.slice(0, 16), digest: new Uint8Array(sha256(hash)) };
}

/** Answers as one text: comparing thousands of arrays takes long. */
function text(answer: readonly (KeyEntry | undefined)[] | null): string | null {
  const line = (each: KeyEntry | undefined): string =>
    each === undefined ? '-' : Buffer.concat([each.key, each.content, each.digest]).toString('hex');
  return answer === null ? null : answer.map(line).join('\n');
}

interface Part {
  readonly keys: readonly string[];
  readonly from?: string | null;
  readonly to: string;
  readonly chain?: string;
}

function found({ keys, from = null, to, chain = CHAIN }: Part): FoundKeys {
  const entries = keys.map((key) => entry(key));
  return { chain, from: from === null ? null : oid(from), to: oid(to), commits: 1, entries };
}

/** Every run of the namespace. */
function runs(ns = 'default'): string[] {
  const names = readdirSync(join(directory, ns), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.keys')).map((name) => join(directory, ns, name));
}

describe('one process', () => {
  it('knows nothing at first and makes no folder for that', async () => {
    const index = open();
    expect(await index.covered('default')).toEqual(new Map());
    expect(await index.lookup('default', [keyHash('a')])).toEqual([undefined]);
    expect(() => readdirSync(directory)).toThrow(/ENOENT/);
  });

  it('finds what was added, also after it was opened anew', async () => {
    await open().add('default', found({ keys: ['a', 'b'], to: '1' }));
    const index = open();
    expect(await index.covered('default')).toEqual(new Map([[CHAIN, oid('1')]]));
    expect(await index.lookup('default', ['b', 'x', 'a', 'b'].map(keyHash))).toEqual([
      entry('b'),
      undefined,
      entry('a'),
      entry('b'),
    ]);
    expect(await index.lookup('other', [keyHash('a')])).toEqual([undefined]);
  });

  it('covers a chain without any key', async () => {
    const index = open();
    await index.add('default', found({ keys: [], to: '1' }));
    await index.add('default', found({ keys: [], from: '1', to: '2' }));
    expect(await open().covered('default')).toEqual(new Map([[CHAIN, oid('2')]]));
  });

  it('keeps the least of the entries with one key, in one run and across runs', async () => {
    const entries = ['p', 'q', 'r', 's'].map((content) => entry('k', content));
    const least = [...entries].sort((a, b) => Buffer.compare(a.content, b.content))[0];
    const together = open();
    await together.add('default', { ...found({ keys: [], to: '1' }), entries });
    expect(await together.lookup('default', [keyHash('k')])).toEqual([least]);
    const apart = open();
    for (const [i, each] of entries.entries()) {
      await apart.add('apart', {
        ...found({ keys: [], from: i === 0 ? null : `${i}`, to: `${i + 1}` }),
        entries: [each],
      });
    }
    expect(await apart.lookup('apart', [keyHash('k')])).toEqual([least]);
  });

  it('forgets a namespace and only that', async () => {
    const index = open();
    await index.add('default', found({ keys: ['a'], to: '1' }));
    await index.add('other', found({ keys: ['a'], to: '1' }));
    await index.clear('default');
    expect(await index.covered('default')).toEqual(new Map());
    expect(await index.lookup('default', [keyHash('a')])).toEqual([undefined]);
    expect(await index.lookup('other', [keyHash('a')])).toEqual([entry('a')]);
    expect(runs()).toEqual([]);
  });

  it('refuses a namespace that could lead out of its folder', async () => {
    await expect(open().covered('../x')).rejects.toMatchObject({ code: 'journal/namespace' });
  });

  it('keeps few files', async () => {
    const index = open();
    for (let i = 0; i < 200; i++) {
      await index.add('default', found({ keys: [`k${i}`], from: i === 0 ? null : `${i}`, to: `${i + 1}` }));
    }
    expect(runs().length).toBeLessThanOrEqual(8);
    const keys = Array.from({ length: 200 }, (_, i) => `k${i}`);
    const back = open();
    expect(await back.covered('default')).toEqual(new Map([[CHAIN, oid('200')]]));
    expect(await back.lookup('default', keys.map(keyHash))).toEqual(keys.map((key) => entry(key)));
  });
});

type Command =
  | { readonly do: 'add'; readonly chain: number; readonly keys: readonly (readonly [number, number])[] }
  | { readonly do: 'lookup'; readonly keys: readonly number[] }
  | { readonly do: 'clear' }
  | { readonly do: 'reopen' };

const command = (): fc.Arbitrary<Command> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        do: fc.constant('add' as const),
        chain: fc.nat({ max: 2 }),
        keys: fc.array(fc.tuple(fc.nat({ max: 60 }), fc.nat({ max: 1 })), { maxLength: 40 }),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant('lookup' as const),
        keys: fc.array(fc.nat({ max: 70 }), { maxLength: 20 }),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ do: 'clear' as const }) },
    { weight: 2, arbitrary: fc.constant({ do: 'reopen' as const }) },
  );

describe('against the look-up in memory', () => {
  it('two instances on one folder answer as it does (seed 7)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), command()), { maxLength: 30 }), async (steps) => {
        const at = join(root, `model-${count++}`);
        const model = memoryKeyIndex();
        const sides = [open(at), open(at)];
        let made = 0;
        for (const [which, step] of steps) {
          const side = which ? 1 : 0;
          const index = sides[side] as FileKeyIndex;
          // As every user does: first, how far is it?
          const covered = await index.covered('default');
          expect(covered).toEqual(await model.covered('default'));
          if (step.do === 'add') {
            const chain = `journal/default/user-${step.chain}`;
            const from = covered.get(chain) ?? null;
            const entries = step.keys.map(([key, content]) => entry(`k${key}`, `${content}`));
            const what = { chain, from, to: oid(`commit ${made++}`), commits: 1, entries };
            await index.add('default', what);
            await model.add('default', what);
          } else if (step.do === 'lookup') {
            const keys = step.keys.map((key) => keyHash(`k${key}`));
            expect(text(await index.lookup('default', keys))).toBe(text(await model.lookup('default', keys)));
          } else if (step.do === 'clear') {
            await index.clear('default');
            await model.clear('default');
          } else {
            index.close();
            sides[side] = open(at);
          }
        }
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});

describe('damage', () => {
  const keys = Array.from({ length: 1500 }, (_, i) => `k${i}`);

  /** Asks as the journal does: what is not covered is added again, until there is an answer. */
  async function ask(index: FileKeyIndex): Promise<string | null> {
    for (let i = 0; i < 3; i++) {
      const at = (await index.covered('default')).get(CHAIN);
      if (at !== oid('2')) {
        const first = at === undefined;
        await index.add('default', found({ keys: first ? keys : keys.slice(1300), from: first ? null : '1', to: '2' }));
      }
      const answer = await index.lookup('default', keys.map(keyHash));
      if (answer !== null) return text(answer);
    }
    throw new Error('no answer after three times');
  }

  async function fill(): Promise<string> {
    const index = open();
    await index.add('default', found({ keys: keys.slice(0, 1300), to: '1' }));
    await index.add('default', found({ keys: keys.slice(1300), from: '1', to: '2' }));
    index.close();
    const [largest] = runs().sort((a, b) => readFileSync(b).length - readFileSync(a).length);
    return largest as string;
  }

  const want = text(keys.map((key) => entry(key)));

  it('believes no altered byte, wherever it is', async () => {
    const path = await fill();
    const whole = readFileSync(path);
    const names = runs().map((name) => [name, readFileSync(name)] as const);
    let noticed = 0;
    const tail = Math.max(0, whole.length - 300);
    for (let at = 0; at < whole.length; at = at < tail ? Math.min(at + 2311, tail) : at + 4) {
      for (const name of runs()) rmSync(name);
      for (const [name, bytes] of names) writeFileSync(name, bytes);
      const altered = Buffer.from(whole);
      altered[at] = (altered[at] as number) ^ 0x10;
      writeFileSync(path, altered);
      const index = open();
      const lost = (await index.covered('default')).get(CHAIN) !== oid('2');
      const doubted = (await index.lookup('default', keys.map(keyHash))) === null;
      expect(lost || doubted, `byte ${at}`).toBe(true);
      expect(await ask(index)).toBe(want);
      noticed += 1;
      opened.pop();
      index.close();
    }
    expect(noticed).toBeGreaterThan(80);
  });

  it('believes no shortened or lengthened file', async () => {
    const path = await fill();
    const whole = readFileSync(path);
    for (const length of [0, 1, 43, 44, 63, 64, 4096, whole.length >> 1, whole.length - 1]) {
      writeFileSync(path, whole.subarray(0, length));
      expect((await open().covered('default')).get(CHAIN), `${length} bytes`).not.toBe(oid('2'));
      expect(runs()).not.toContain(path);
      expect(await ask(open())).toBe(want);
      await open().clear('default');
      mkdirSync(join(path, '..'), { recursive: true });
    }
    writeFileSync(path, Buffer.concat([whole, Buffer.from('x')]));
    expect(await open().covered('default')).toEqual(new Map());
  });

  it('believes no run of another namespace and no foreign file', async () => {
    const path = await fill();
    const other = join(directory, 'other', 'g-0123456789abcdef01234567');
    mkdirSync(other, { recursive: true });
    writeFileSync(join(other, 'a.keys'), readFileSync(path));
    writeFileSync(join(other, 'b.keys'), 'not ours');
    writeFileSync(join(other, 'README'), 'not ours, and none of our business');
    mkdirSync(join(other, 'c.keys'));
    expect(await open().covered('other')).toEqual(new Map());
    expect(readdirSync(other).sort()).toEqual(['README', 'c.keys']);
  });

  it('notices damage while merging', async () => {
    const path = await fill();
    const bytes = readFileSync(path);
    bytes[100] = (bytes[100] as number) ^ 1;
    writeFileSync(path, bytes);
    const index = open();
    await index.covered('default');
    await index.add('default', found({ keys: keys.map((key) => `more ${key}`), from: '2', to: '3' }));
    expect(await index.lookup('default', [keyHash('k1')])).toBeNull();
    expect((await index.covered('default')).get(CHAIN)).toBeUndefined();
    expect(runs()).not.toContain(path);
  });

  it('goes on in memory when it cannot write', async () => {
    mkdirSync(root, { recursive: true });
    writeFileSync(directory, 'a file where the folder should be');
    const index = open();
    await index.add('default', found({ keys: ['a'], to: '1' }));
    await index.add('default', found({ keys: ['b'], from: '1', to: '2' }));
    expect(await index.covered('default')).toEqual(new Map([[CHAIN, oid('2')]]));
    expect(await index.lookup('default', ['b', 'a', 'c'].map(keyHash))).toEqual([entry('b'), entry('a'), undefined]);
    await index.clear('default');
    expect(await index.covered('default')).toEqual(new Map());
  });

  it('starts over when two histories of one chain were read', async () => {
    const index = open();
    await index.add('default', found({ keys: ['a'], to: 'x' }));
    await index.add('default', found({ keys: ['b'], to: 'y' }));
    expect(await index.covered('default')).toEqual(new Map());
    expect(await index.lookup('default', ['a', 'b'].map(keyHash))).toEqual([undefined, undefined]);
  });
});

describe('another instance at the same time', () => {
  it('goes on reading what was merged away or forgotten meanwhile', async () => {
    const reader = open();
    const writer = open();
    await writer.add('default', found({ keys: ['a'], to: '1' }));
    expect((await reader.covered('default')).get(CHAIN)).toBe(oid('1'));
    for (let i = 1; i < 20; i++) await writer.add('default', found({ keys: [`b${i}`], from: `${i}`, to: `${i + 1}` }));
    expect(await reader.lookup('default', ['a', 'b1'].map(keyHash))).toEqual([entry('a'), undefined]);
    await writer.clear('default');
    expect(await reader.lookup('default', [keyHash('a')])).toEqual([entry('a')]);
    expect(await reader.covered('default')).toEqual(new Map());
    expect(await reader.lookup('default', [keyHash('a')])).toEqual([undefined]);
  });

  it('does not bring back what was forgotten', async () => {
    const late = open();
    for (let i = 0; i < 7; i++) {
      await late.add('default', found({ keys: [`a${i}`], from: i === 0 ? null : `${i}`, to: `${i + 1}` }));
    }
    await late.covered('default');
    const other = open();
    await other.covered('default');
    await other.clear('default');
    await other.add('default', found({ keys: ['new'], to: 'n1' }));
    // It still holds the old runs open, and would merge them with this one.
    await late.add('default', found({ keys: ['a7'], from: '7', to: '8' }));
    const index = open();
    expect(await index.covered('default')).toEqual(new Map([[CHAIN, oid('n1')]]));
    expect(await index.lookup('default', ['a0', 'a6', 'new'].map(keyHash))).toEqual([
      undefined,
      undefined,
      entry('new'),
    ]);
  });

  it('removes what killed processes have left, once it is old', async () => {
    const index = open();
    await index.add('default', found({ keys: ['a'], to: '1' }));
    const generation = join(runs()[0] as string, '..');
    const { utimesSync } = await import('node:fs');
    for (const [name, age] of [
      ['tmp-old', 7200],
      ['tmp-new', 60],
    ] as const) {
      writeFileSync(join(generation, name), 'x');
      utimesSync(join(generation, name), Date.now() / 1000, Date.now() / 1000 - age);
    }
    await index.add('default', found({ keys: ['b'], from: '1', to: '2' }));
    expect(readdirSync(generation).filter((name) => name.startsWith('tmp-'))).toEqual(['tmp-new']);
  });
});
