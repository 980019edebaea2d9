import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isGatosError, type Oid } from 'gatos-core';
import { afterEach, describe, expect, it } from 'vitest';
import { historyOf, rebuild, rowsOf, ScratchHistory } from './git-history-scratch.js';

const scratch: ScratchHistory[] = [];
afterEach(() => {
  for (const each of scratch.splice(0)) each.dispose();
});

function scratchHistory(format: 'sha1' | 'sha256' = 'sha1'): ScratchHistory {
  const source = new ScratchHistory({ format });
  scratch.push(source);
  return source;
}

/** Every line meets every header; the messages take turns. */
const IDENTS = [
  ' <> 0 -0000',
  'X <y> -1 +1400',
  'X <y> 99999999999999999999 +9999',
  'X <y> +5 +0000',
  'X <y> 1.5 +0000',
  'X <y>  1\t+0000 ',
  'X\0\xff <y> 1 +00:00',
  '> < 1 +0000',
];
const HEADS = ['', 'encoding latin1\n', 'encoding \0\nencoding utf-8\n', 'gpgsig\n x\n \n', 'tree x\n  y\n', '\xff\n'];
const MESSAGES = ['', '\n\n', '\0', '\xe9\r\n', '\xef\xbb\xbf\xef\xbb\xbfx', '\xed\xa0\x80'];

function oddCommits(source: ScratchHistory): readonly Oid[] {
  const { emptyTree } = source;
  const oids: Oid[] = [];
  for (const ident of IDENTS) {
    for (const head of HEADS) {
      const parents = oids.slice(-2).map((oid) => `parent ${oid}\n`);
      const message = MESSAGES[oids.length % MESSAGES.length];
      oids.push(
        source.write(
          `tree ${emptyTree}\n${parents.join('')}author ${ident}\ncommitter ${ident}\n${head}\n${message}${oids.length}`,
        ),
      );
    }
  }
  return oids;
}

/** Moves objects into one pack with long chains of deltas; returns the path of the pack. */
function pack(source: ScratchHistory, oids: readonly Oid[]): string {
  const name = join(source.path, 'objects/pack/pack');
  source.git(['pack-objects', '-q', '--window=100', '--depth=40', name], {
    input: `${[...oids, source.emptyTree].join('\n')}\n`,
  });
  source.git(['prune-packed', '-q']);
  const folder = join(source.path, 'objects/pack');
  return join(folder, readdirSync(folder).find((each) => each.endsWith('.pack')) ?? '');
}

/** Commits that rows give back, by id; the rest are faults. Fails when a row gives back another commit than it names. */
async function commitsIn(source: ScratchHistory): Promise<Map<Oid, string>> {
  const found = new Map<Oid, string>();
  for (const { raw, value, fault } of await rowsOf(source.path)) {
    const oid = Buffer.from(raw).toString();
    if (fault !== undefined || value === undefined) continue;
    expect(value).toMatchObject({ commit: oid });
    found.set(oid, rebuild(value)?.toString('latin1') ?? 'cut');
  }
  return found;
}

describe('commits of odd parts', () => {
  it.each(['sha1', 'sha256'] as const)('come back byte for byte, loose and as deltas (%s)', async (format) => {
    const source = scratchHistory(format);
    const oids = oddCommits(source);
    source.packRefs(oids);
    const wanted = new Map(oids.map((oid) => [oid, source.raw(oid).toString('latin1')]));
    expect(await commitsIn(source)).toEqual(wanted);
    pack(source, oids);
    expect(readdirSync(join(source.path, 'objects')).filter((name) => name.length === 2)).toEqual([]);
    expect(await commitsIn(source)).toEqual(wanted);
  });
});

describe('a damaged pack', () => {
  it('never gives back a commit that was not there, whichever byte is wrong (every 83rd)', async () => {
    const source = scratchHistory();
    const oids = oddCommits(source);
    source.packRefs(oids);
    const wanted = new Map(oids.map((oid) => [oid, source.raw(oid).toString('latin1')]));
    const path = pack(source, oids);
    const bytes = readFileSync(path);
    const count = { whole: 0, less: 0, refused: 0 };
    rmSync(path);
    for (let at = 0; at < bytes.length; at += 83) {
      const damaged = Buffer.from(bytes);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
      writeFileSync(path, damaged);
      const found = await commitsIn(source).catch((error: unknown) => {
        if (isGatosError(error)) return null;
        throw error;
      });
      for (const [oid, content] of found ?? []) expect(content).toBe(wanted.get(oid));
      count[found === null ? 'refused' : found.size === wanted.size ? 'whole' : 'less'] += 1;
    }
    expect(count.less, JSON.stringify(count)).toBeGreaterThan(count.whole + count.refused);
  }, 60_000);
});

describe('where a history begins', () => {
  it('is the same for a clone that borrows its objects', async () => {
    const source = scratchHistory();
    const root = source.commit('root');
    source.ref('refs/heads/main', source.commit('tip', [root]));
    const borrower = join(source.root, 'borrower');
    source.git(['clone', '-q', '--bare', '--shared', source.path, borrower]);
    expect(await rowsOf(borrower)).toEqual(await rowsOf(source.path));
  });

  it('is HEAD too when it names no branch, and a bad row when nothing is there', async () => {
    const source = scratchHistory();
    source.ref('refs/heads/main', source.commit('main'));
    const gone = '5a'.repeat(20);
    source.ref('HEAD', gone);
    const { rows } = await historyOf(source.path);
    expect(rows.map(({ fault }) => fault)).toContain(`object \`${gone}\` is not in the repository`);
    expect(rows).toHaveLength(2);
  });

  it.each(['garbage\n', 'ref: HEAD\n', ''])('is told when HEAD is no ref at all: %j', async (head) => {
    const source = scratchHistory();
    source.ref('refs/heads/main', source.commit('main'));
    writeFileSync(join(source.path, 'HEAD'), head);
    const error = await rowsOf(source.path).catch((thrown: unknown) => thrown);
    expect(isGatosError(error), String(error)).toBe(true);
  });

  it('goes on past a parent of zeros, as past any that is missing', async () => {
    const source = scratchHistory();
    const child = source.commit('child', ['0'.repeat(40)]);
    source.ref('refs/heads/main', child);
    const { rows } = await historyOf(source.path);
    expect(rows.map(({ fault }) => fault !== undefined)).toEqual([true, false]);
  });
});
