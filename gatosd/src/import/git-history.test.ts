import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isGatosError, LIMITS, type Oid } from 'gatos-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openGitHistory } from './git-history.js';
import { CLEAN, historyOf, rebuild, rowsOf, ScratchHistory } from './git-history-scratch.js';
import type { Row } from './row.js';

let source: ScratchHistory;
beforeEach(() => {
  source = new ScratchHistory();
});
afterEach(() => source.dispose());

const oidsOf = (rows: readonly Row[]): Oid[] => rows.map(({ raw }) => Buffer.from(raw).toString());
const faultsOf = (rows: readonly Row[]): (readonly [Oid, string])[] =>
  rows.flatMap(({ raw, fault }) => (fault === undefined ? [] : [[Buffer.from(raw).toString(), fault] as const]));

function damage(oid: Oid): void {
  const path = source.loosePath(oid);
  const bytes = readFileSync(path);
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0x55;
  chmodSync(path, 0o644);
  writeFileSync(path, bytes);
}

/** A diamond with a second root: a ← b, a ← c, (b, c) ← d, r ← d. */
function diamond() {
  const a = source.commit('a');
  const b = source.commit('b', [a]);
  const c = source.commit('c', [a]);
  const r = source.commit('r');
  const d = source.commit('d', [b, c, r]);
  return { a, b, c, r, d };
}

describe('which commits', () => {
  it('are those of branches, remote branches, tags and HEAD, and no others', async () => {
    const wanted = ['branch', 'remote', 'light', 'annotated', 'nested'].map((name) => source.commit(name));
    const [branch = '', remote = '', light = '', annotated = '', nested = ''] = wanted;
    const tag = (object: Oid, type: string) =>
      source.write(`object ${object}\ntype ${type}\ntag t\ntagger T <t@x> 1 +0000\n\nt\n`, 'tag');
    source.ref('refs/heads/deep/er', branch);
    source.ref('refs/remotes/origin/x', remote);
    source.ref('refs/tags/light', light);
    source.ref('refs/tags/annotated', tag(annotated, 'commit'));
    source.ref('refs/tags/nested', tag(tag(nested, 'commit'), 'tag'));
    source.ref('refs/tags/tree', source.emptyTree);
    source.ref('refs/tags/of-blob', tag(source.write('blob', 'blob'), 'blob'));
    source.ref('refs/tags/blob', source.write('x', 'blob'));
    source.ref('refs/tags/huge-blob', source.write('x'.repeat(LIMITS.blobBytes + 1), 'blob'));
    const detached = source.commit('detached');
    writeFileSync(join(source.path, 'HEAD'), `${detached}\n`);
    for (const name of [
      'refs/gatos/trust',
      'refs/gatos-remote/origin/trust',
      'refs/notes/commits',
      'refs/stash',
      'refs/pull/1/head',
      'refs/replace/x',
    ])
      source.ref(name, source.commit(name));
    expect(oidsOf(await rowsOf(source.path)).sort()).toEqual([...wanted, detached].sort());
  });

  it('are those of the revisions that are asked for', async () => {
    const { a, b, d } = diamond();
    source.ref('refs/heads/main', d);
    source.ref('refs/heads/-odd', b);
    source.ref('refs/tags/v1', b);
    expect(oidsOf(await rowsOf(source.path, ['v1']))).toEqual([a, b]);
    expect(oidsOf(await rowsOf(source.path, ['main^2', b.slice(0, 12)]))).toHaveLength(3);
    expect(oidsOf(await rowsOf(source.path, ['main']))).toHaveLength(5);
    expect(oidsOf(await rowsOf(source.path, ['refs/heads/-odd']))).toEqual([a, b]);
  });

  it.each(['nowhere', '', '-odd', '--all', '^main', 'main..main', 'main\nmain', 'main:file', 'main^{tree}'])(
    'cannot be found by the revision %j',
    async (revision) => {
      source.ref('refs/heads/main', source.commit('x'));
      source.ref('refs/heads/-odd', source.commit('y'));
      const error = await rowsOf(source.path, [revision]).catch((thrown: unknown) => thrown);
      expect(isGatosError(error, 'import/unknown-revision'), String(error)).toBe(true);
    },
  );

  it('may be none', async () => {
    expect(await historyOf(source.path)).toEqual({ rows: [], notices: [] });
  });

  it('need a repository', async () => {
    const error = await rowsOf(source.root).catch((thrown: unknown) => thrown);
    expect(isGatosError(error, 'git/not-a-repository'), String(error)).toBe(true);
  });

  it('are found whatever refs are called', async () => {
    const oid = source.commit('x');
    const name = Buffer.concat([Buffer.from(join(source.path, 'refs/heads/caf')), Buffer.from([0xe9])]);
    writeFileSync(name, `${oid}\n`);
    expect(oidsOf(await rowsOf(source.path))).toEqual([oid]);
  });

  it('do not hide that a ref is broken', async () => {
    source.ref('refs/heads/main', source.commit('x'));
    writeFileSync(join(source.path, 'refs/heads/broken'), 'nothing\n');
    const { rows, notices } = await historyOf(source.path);
    expect(rows).toHaveLength(1);
    expect(notices.join()).toContain('refs/heads/broken');
  });
});

describe('the order of commits', () => {
  it('has parents first, and does not depend on names or number of refs', async () => {
    const { a, b, c, r, d } = diamond();
    source.ref('refs/heads/main', d);
    const want = oidsOf(await rowsOf(source.path));
    for (const [child, parent] of [
      [b, a],
      [c, a],
      [d, b],
      [d, c],
      [d, r],
    ] as const)
      expect(want.indexOf(child)).toBeGreaterThan(want.indexOf(parent));
    unlinkSync(join(source.path, 'refs/heads/main'));
    for (const [name, oid] of [
      ['zz', a],
      ['aa', c],
      ['mm', d],
      ['nn', r],
    ] as const)
      source.ref(`refs/tags/${name}`, oid);
    expect(oidsOf(await rowsOf(source.path))).toEqual(want);
    source.git(['-c', 'gc.writeCommitGraph=true', 'gc', '-q']);
    source.git(['pack-refs', '--all']);
    expect(oidsOf(await rowsOf(source.path))).toEqual(want);
  });

  it('holds for an octopus, for many roots, and for a parent that is named twice', async () => {
    const roots = Array.from({ length: 100 }, (_, i) => source.commit(`root ${i}`));
    const octopus = source.commit('octopus', roots);
    const twice = source.commit('twice', [octopus, octopus]);
    source.ref('refs/heads/main', twice);
    const rows = await rowsOf(source.path);
    expect(oidsOf(rows)).toEqual([...[...roots].sort(), octopus, twice]);
    expect(rows.at(-2)?.value).toMatchObject({ parents: roots });
    expect(rows.at(-1)?.value).toMatchObject({ parents: [octopus, octopus] });
  });
});

describe('what is stored', () => {
  it('counts, not replace refs or grafts', async () => {
    const { a, b } = diamond();
    source.ref('refs/heads/main', b);
    source.ref(`refs/replace/${b}`, source.commit('replaced'));
    mkdirSync(join(source.path, 'info'), { recursive: true });
    writeFileSync(join(source.path, 'info/grafts'), `${b}\n`);
    const rows = await rowsOf(source.path);
    expect(oidsOf(rows)).toEqual([a, b]);
    expect(rows[1]?.value).toMatchObject({ message: 'b\n', parents: [a] });
  });

  it('is read from the repository that was named, whatever the environment says', async () => {
    const other = new ScratchHistory();
    const oid = source.commit('here');
    source.ref('refs/heads/main', oid);
    other.ref('refs/heads/main', other.commit('there'));
    const env = {
      ...CLEAN,
      GIT_DIR: other.path,
      GIT_OBJECT_DIRECTORY: join(other.path, 'objects'),
      GIT_NAMESPACE: 'x',
    };
    Object.assign(process.env, { GIT_DIR: other.path });
    try {
      const history = await openGitHistory({ path: source.path, source: 'x', revisions: [], env });
      const oids: Oid[] = [];
      for await (const { raw } of history.rows()) oids.push(Buffer.from(raw).toString());
      await history.close();
      expect(oids).toEqual([oid]);
    } finally {
      delete process.env.GIT_DIR;
      other.dispose();
    }
  });

  it('may be named by SHA-256', async () => {
    const modern = new ScratchHistory({ format: 'sha256' });
    const a = modern.commit('a');
    const b = modern.commit('b', [a]);
    modern.ref('refs/heads/main', b);
    const rows = await rowsOf(modern.path);
    expect(oidsOf(rows)).toEqual([a, b]);
    expect(rebuild(rows[1]?.value ?? null)).toEqual(modern.raw(b));
    modern.dispose();
  });

  it('is found from a worktree and from a folder in it', async () => {
    const { a, b } = diamond();
    source.ref('refs/heads/main', b);
    const work = join(source.root, 'work');
    source.git(['worktree', 'add', '-q', '--detach', work, a]);
    mkdirSync(join(work, 'folder'));
    expect(oidsOf(await rowsOf(join(work, 'folder')))).toEqual([a, b]);
  });
});

describe('a commit that cannot be read', () => {
  it('is a bad row when it is missing, and the others are there', async () => {
    const { a, b, c, r, d } = diamond();
    source.ref('refs/heads/main', d);
    unlinkSync(source.loosePath(b));
    const rows = await rowsOf(source.path);
    expect(oidsOf(rows).sort()).toEqual([a, b, c, d, r].sort());
    expect(faultsOf(rows)).toEqual([[b, `object \`${b}\` is not in the repository`]]);
    expect(rows.find(({ fault }) => fault !== undefined)?.place).toBe(`commit \`${b}\``);
    expect(rows.map(({ line }) => line)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is a bad row when it is damaged, also where a branch points at it', async () => {
    const { b, c, d } = diamond();
    source.ref('refs/heads/main', d);
    damage(b);
    damage(c);
    source.ref('refs/tags/c', c);
    writeFileSync(join(source.path, 'HEAD'), `${c}\n`);
    const rows = await rowsOf(source.path);
    expect(
      faultsOf(rows)
        .map(([oid]) => oid)
        .sort(),
    ).toEqual([b, c].sort());
    for (const [, fault] of faultsOf(rows)) expect(fault).toContain('is damaged');
  });

  it('is a bad row when it is something else', async () => {
    const blob = source.write('x', 'blob');
    const child = source.commit('child', [blob]);
    source.ref('refs/heads/main', child);
    expect(faultsOf(await rowsOf(source.path))).toEqual([[blob, `object \`${blob}\` is a blob, not a commit`]]);
  });

  it('is a bad row when a tag says that it is a commit', async () => {
    const gone = 'ab'.repeat(20);
    source.ref('refs/tags/t', source.write(`object ${gone}\ntype commit\ntag t\n\nt\n`, 'tag'));
    source.ref('refs/tags/u', source.write(`object ${gone}\ntype blob\ntag u\n\nu\n`, 'tag'));
    const blob = source.write('x', 'blob');
    source.ref('refs/tags/v', source.write(`object ${blob}\ntype commit\ntag v\n\nv\n`, 'tag'));
    expect(new Map(faultsOf(await rowsOf(source.path)))).toEqual(
      new Map([
        [gone, `object \`${gone}\` is not in the repository`],
        [blob, `object \`${blob}\` is a blob, not a commit`],
      ]),
    );
  });

  it('is a bad row when a tag leads nowhere', async () => {
    const empty = source.write('', 'tag');
    const odd = source.write('object main\ntype commit\n', 'tag');
    const huge = source.write(`tree ${source.emptyTree}\n\n${'x'.repeat(LIMITS.blobBytes)}`);
    for (const oid of [empty, odd, huge]) source.ref(`refs/tags/${oid}`, oid);
    const faults = new Map(faultsOf(await rowsOf(source.path)));
    expect(faults.get(empty)).toBe(`object \`${empty}\` is a tag, not a commit`);
    expect(faults.get(odd)).toBe(`object \`${odd}\` is a tag, not a commit`);
    expect(faults.get(huge)).toContain('the limit here is');
    expect(faults.size).toBe(3);
  });

  it('is a bad row when it vanishes after the walk, among many', async () => {
    let tip: Oid | undefined;
    const oids: Oid[] = [];
    for (let i = 0; i < 300; i++) {
      tip = source.commit(`${i}`, tip === undefined ? [] : [tip]);
      oids.push(tip);
    }
    source.ref('refs/heads/main', tip ?? '');
    const history = await openGitHistory({ path: source.path, source: 'x', revisions: [], env: CLEAN });
    const lost = [oids[140] ?? '', oids[280] ?? '', oids[299] ?? ''];
    for (const oid of lost) unlinkSync(source.loosePath(oid));
    damage(oids[200] ?? '');
    const rows: Row[] = [];
    for await (const row of history.rows()) rows.push(row);
    await history.close();
    expect(oidsOf(rows)).toEqual(oids);
    expect(faultsOf(rows).map(([oid]) => oid)).toEqual([oids[140], oids[200], oids[280], oids[299]]);
  });
});

describe('a clone that is not complete', () => {
  beforeEach(() => {
    const { d } = diamond();
    source.ref('refs/heads/main', source.commit('tip', [source.commit('e', [d])]));
    source.git(['symbolic-ref', 'HEAD', 'refs/heads/main']);
  });

  it('ends at the boundary of a shallow one, with parents as recorded', async () => {
    const shallow = join(source.root, 'shallow');
    source.git(['clone', '-q', '--bare', '--depth', '2', `file://${source.path}`, shallow]);
    const { rows, notices } = await historyOf(shallow);
    const whole = await rowsOf(source.path);
    expect(rows.map(({ value }) => value)).toEqual(whole.slice(-2).map(({ value }) => value));
    expect(rows[0]?.value).toMatchObject({ message: 'e\n', parents: [oidsOf(whole).at(-3)] });
    expect(notices).toEqual(['this is a shallow clone: the history is cut off behind 1 of its commits']);
  });

  it('reaches for no network where a promise is not kept', async () => {
    const partial = join(source.root, 'partial');
    source.git(['config', 'uploadpack.allowFilter', 'true']);
    source.git(['clone', '-q', '--bare', '--filter=blob:none', `file://${source.path}`, partial]);
    const [first = ''] = oidsOf(await rowsOf(source.path));
    // A pack without the first commit: what a server may leave to be fetched later.
    const all = execFileSync('git', ['rev-list', '--objects', 'main'], { cwd: partial, env: CLEAN }).toString();
    const kept = all
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith(first))
      .map((line) => line.slice(0, 40));
    const [old = ''] = execFileSync('sh', ['-c', 'ls objects/pack/*.pack'], { cwd: partial }).toString().split('\n');
    execFileSync('git', ['pack-objects', '-q', 'objects/pack/pack'], {
      cwd: partial,
      env: CLEAN,
      input: `${kept.join('\n')}\n`,
    });
    for (const end of ['pack', 'idx', 'promisor', 'rev'])
      execFileSync('rm', ['-f', old.replace(/pack$/, end)], { cwd: partial });
    for (const made of execFileSync('sh', ['-c', 'ls objects/pack/*.pack'], { cwd: partial })
      .toString()
      .trim()
      .split('\n'))
      writeFileSync(join(partial, made.replace(/pack$/, 'promisor')), '');
    const rows = await rowsOf(partial);
    expect(faultsOf(rows)).toEqual([[first, `object \`${first}\` is not in the repository`]]);
    expect(rows).toHaveLength(7);
  });
});

describe('a long walk', () => {
  it('can be stopped, and says how far it is', async () => {
    const input = Array.from(
      { length: 3000 },
      (_, i) => `commit refs/heads/main\ncommitter A <a@x> ${i} +0000\ndata 1\nx\n`,
    ).join('');
    source.git(['fast-import', '--quiet'], { input });
    const seen: number[] = [];
    const progress = ({ done }: { done: number }) => seen.push(done);
    const history = await openGitHistory({ path: source.path, source: 'x', revisions: [], env: CLEAN, progress });
    expect(history.total).toBe(3000);
    await history.close();
    expect(seen).toEqual([512, 1024, 1536, 2048, 2560]);
    const controller = new AbortController();
    setImmediate(() => controller.abort(new Error('enough')));
    await expect(
      openGitHistory({ path: source.path, source: 'x', revisions: [], env: CLEAN, signal: controller.signal }),
    ).rejects.toThrow('enough');
  });
});
