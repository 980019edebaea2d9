/** `inspect` explains every object in the repositories that the quickstart and the examples make: each ref, each record kind, each id. */
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nobleSigner } from 'gatos-core';
import { agentOf, encodeStruct, RECEIPT, sealStruct } from 'gatos-core/mythos';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openStage, type Stage } from './stage.js';

// A story is dozens of processes, and so is looking at all that it left.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

interface Field {
  readonly path: string;
  readonly value: unknown;
  readonly does: string;
  readonly inside?: Explained;
}
interface Explained {
  readonly what: string;
  readonly does: string;
  readonly spec: string;
  readonly id: string | null;
  readonly facts: { readonly found?: string };
  readonly fields: readonly Field[];
  readonly checks: readonly { readonly name: string; readonly outcome: string }[];
  readonly inside: readonly Explained[];
  readonly also: readonly string[];
}

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}/run.mjs`, import.meta.url));

let stage: Stage;
beforeAll(() => {
  stage = openStage();
});
afterAll(() => stage.close());

const inspect = (cwd: string, what: string, ...options: string[]): Explained =>
  stage.json(['inspect', what, ...options], { cwd }) as Explained;

/** Everything in it that nobody could make sense of. */
function unexplained({ what, does, spec, fields, inside }: Explained): readonly string[] {
  const own = [
    ...(does === '' || /does not know|no rule knows|no object of/.test(does) ? [`${what}: ${does}`] : []),
    ...(/^docs\//.test(spec) ? [] : [`${what}: no specification`]),
    // Items of a list are told by what they are.
    ...fields.filter((field) => field.does === '' && !/^\[/.test(field.path)).map(({ path }) => `${what}: ${path}`),
    ...fields.filter((field) => /does not know|no rule knows/.test(field.does)).map(({ path }) => `${what}: ${path}`),
  ];
  return [...own, ...[...inside, ...fields.flatMap((field) => field.inside ?? [])].flatMap(unexplained)];
}

/** The repositories below a folder. */
function repositoriesIn(folder: string, depth = 0): readonly string[] {
  const names = readdirSync(folder);
  if (names.includes('.git') || (names.includes('objects') && names.includes('refs'))) return [folder];
  if (depth > 3) return [];
  return names
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isDirectory())
    .flatMap((path) => repositoriesIn(path, depth + 1));
}

const seenKinds = new Set<string>();

/** Chains of so many commits are looked at as a whole. */
const SHORT_CHAIN = 5;

function lookAtAll(repository: string): readonly string[] {
  const refs = stage.git(['for-each-ref', '--format=%(refname)', 'refs/gatos/'], { cwd: repository }).split('\n');
  const faults: string[] = [];
  for (const ref of refs.filter((name) => name !== '' && !name.startsWith('refs/gatos/cache/'))) {
    const commits = stage.git(['rev-list', ref], { cwd: repository }).split('\n');
    // Long chains are all of one kind: their ends say as much as the middle.
    for (const commit of new Set([...commits.slice(0, SHORT_CHAIN), ...commits.slice(-1)])) {
      const explained = inspect(repository, commit);
      for (const { what } of explained.inside) seenKinds.add(what);
      faults.push(...unexplained(explained).map((fault) => `${ref} ${commit.slice(0, 8)} ${fault}`));
    }
    const record = inspect(repository, ref).inside[0];
    const found = record?.id == null ? null : inspect(repository, record.id);
    if (found?.what !== record?.what) faults.push(`${ref}: ${record?.id} is found as ${found?.what}`);
  }
  return faults;
}

describe('what the stories leave', () => {
  it.each(['climatology', 'adr-as-policy', 'pox-research', 'bisect-for-state', 'git-history'])('%s', (name) => {
    const { status, stdout, stderr } = stage.run([process.execPath, example(name), '--keep']);
    expect(status, `${stdout}${stderr}`).toBe(0);
    const folder = /^kept: (.*)$/m.exec(stdout)?.[1] ?? '';
    try {
      const repositories = repositoriesIn(folder);
      expect(repositories.length).toBeGreaterThan(0);
      // Clones hold the same chains, and the stories alter some of them.
      const first = repositories.find(
        (each) => stage.run(['git', 'gatos', 'verify', '--all'], { cwd: each }).status === 0,
      );
      expect(first).toBeDefined();
      expect(lookAtAll(first ?? '')).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('first-build: an id of a tool, a capability, an effect or a receipt shows what it is the id of', () => {
    const { status, stdout, stderr } = stage.run([process.execPath, example('first-build'), '--keep']);
    expect(status, `${stdout}${stderr}`).toBe(0);
    // As its README says.
    expect(stdout).toContain('✓ one letter changed in the packet');
    const folder = /^kept: (.*)$/m.exec(stdout)?.[1] ?? '';
    const cwd = join(folder, 'alice');
    try {
      const [tool] = stage.json(['tool', 'list'], { cwd }) as readonly {
        readonly tool_id: string;
        readonly name: string;
      }[];
      const caps = stage.json(['cap', 'list'], { cwd }) as readonly { readonly id: string }[];
      type Effect = { readonly id: string; readonly receipt: string; readonly key: string };
      const [effect] = stage.json(['effect', 'history'], { cwd }) as readonly Effect[];
      if (tool === undefined || effect === undefined) throw new Error('the story made neither a tool nor an effect');
      const hex = tool.tool_id.replace('sha256:', '');
      for (const id of [`sha256:${hex}`, hex, hex.slice(0, 12), tool.name])
        expect([id, inspect(cwd, id).what]).toEqual([id, 'tool.declared']);
      expect(caps.length).toBeGreaterThan(1);
      for (const { id } of caps)
        for (const form of [id, id.slice(0, 8)]) expect(inspect(cwd, form).what).toBe('capability.issued');
      for (const id of [effect.id, effect.id.slice(0, 8), effect.receipt, effect.receipt.slice(0, 16), effect.key])
        expect([id, inspect(cwd, id).what]).toEqual([id, 'effect.commit']);
      expect(lookAtAll(cwd)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('are of many kinds', () => {
    const earlier = ['trust.genesis', 'journal.event', 'fold.definition', 'state.checkpoint', 'job.execution'];
    const effects = ['tool.declared', 'capability.issued', 'capability.used', 'effect.commit', 'blob.manifest'];
    for (const kind of [...earlier, ...effects]) expect([...seenKinds]).toContain(kind);
  });
});

describe('ids and files', () => {
  let repo: string;
  let cid: string;
  beforeAll(() => {
    repo = stage.at('repo');
    stage.gatos(['init', repo, '--actor', 'user:alice']);
    writeFileSync(join(repo, 'data'), Buffer.alloc(600 * 1024, 7));
    cid = stage.gatos(['blob', 'put', 'data', '--chunk-size', '256KiB', '--media', 'text/plain'], { cwd: repo });
    stage.gatos(['emit', '--type', 'add', '--payload', '{"n":1}'], { cwd: repo });
  });

  it('a blob by its id, by the start of it, by its record and by the root of its tree', () => {
    for (const id of [cid, cid.slice(0, 8)]) {
      const found = inspect(repo, id);
      expect([found.what, found.facts.found]).toEqual(['blob.manifest', 'the record of the object with this id']);
      const ref = found.fields.find(({ path }) => path === 'ref')?.inside;
      expect(ref?.fields.find(({ path }) => path === 'media')?.value).toBe('text/plain');
      expect(found.checks.every(({ outcome }) => outcome === 'pass')).toBe(true);
      expect(found.also.join('\n')).toContain('blob.node');
    }
  });

  it('a blob after it was pinned, unpinned and removed is still told by its manifest, with what became of it', () => {
    writeFileSync(join(repo, 'later'), Buffer.alloc(20_000, 8));
    const id = stage.gatos(['blob', 'put', 'later'], { cwd: repo });
    const steps: readonly (readonly [args: string[], facts: object, also: string])[] = [
      [['pin', id, '--why', 'a paper'], { 'pinned by user:alice': 'for ever: a paper' }, 'blob.pinned'],
      [['unpin', id], {}, 'blob.unpinned'],
      [
        ['rm', id, '--reason', 'too old'],
        { removed: expect.stringMatching(/^by user:alice at .*: too old$/) },
        'blob.removed',
      ],
    ];
    for (const [args, facts, also] of steps) {
      stage.gatos(['blob', ...args], { cwd: repo });
      for (const name of [id, id.slice(0, 8)]) {
        const found = inspect(repo, name);
        expect([args[0], found.what]).toEqual([args[0], 'blob.manifest']);
        const told = Object.entries(found.facts).filter(([label]) => /pinned|removed/.test(label));
        expect(Object.fromEntries(told)).toEqual(facts);
        expect(found.also[0]).toContain(also);
      }
    }
  });

  it('the digest of a chunk, by the node that names it', () => {
    const node = inspect(repo, cid).also.find((line) => line.includes('blob.node')) ?? '';
    const commit = /commit ([0-9a-f]+)/.exec(node)?.[1] ?? '';
    const full = stage.git(['rev-parse', commit], { cwd: repo });
    const leaf = inspect(repo, full).inside[0]?.fields.find(({ path }) => path === 'node')?.inside;
    const payload = leaf?.fields.find(({ path }) => path === 'payload')?.inside;
    const chunks = payload?.fields.find(({ path }) => path === 'chunks')?.inside;
    const hash = String(chunks?.fields[0]?.inside?.fields.find(({ path }) => path === 'hash')?.value);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(inspect(repo, hash)).toMatchObject({
      what: 'blob.node',
      // 600 KiB of one byte: the first two chunks are the same.
      facts: { found: 'the newest record that names it', 'chunk 0, 1 of blob': cid },
    });
  });

  it('an event by its ulid and its CID', () => {
    const [event] = stage.json(['log'], { cwd: repo }) as readonly { readonly cid: string; readonly ulid: string }[];
    for (const id of [event?.cid ?? '', event?.ulid ?? '']) expect(inspect(repo, id).what).toBe('journal.event');
  });

  it('a ref, a chain, a commit and an envelope are one thing', () => {
    const commit = stage.git(['rev-parse', 'refs/gatos/trust'], { cwd: repo });
    const { id } = inspect(repo, 'trust');
    for (const what of ['refs/gatos/trust', commit, id ?? '']) expect(inspect(repo, what).id).toBe(id);
  });

  it('what is nowhere', () => {
    const { status, stderr } = stage.run(['git', 'gatos', 'inspect', 'f'.repeat(64)], { cwd: repo });
    expect([status, stderr]).toEqual([20, expect.stringContaining('nothing here has that id')]);
  });

  it('files by their form, outside of any repository', () => {
    stage.gatos(['blob', 'proof', cid, '--chunk', '1', '-o', stage.at('chunk.proof')], { cwd: repo });
    expect(inspect(stage.folder, 'chunk.proof')).toMatchObject({
      what: 'blob-chunk proof',
      checks: [{ name: 'path', outcome: 'pass' }],
    });
    writeFileSync(stage.at('trust.dsse.json'), stage.gatos(['show', '--dsse', 'trust'], { cwd: repo }));
    expect(inspect(stage.folder, 'trust.dsse.json')).toMatchObject({
      what: 'DSSE envelope',
      checks: [{ name: 'signature', outcome: 'pass' }],
      inside: [{ what: 'envelope' }],
    });
    const bytes = Buffer.from(stage.git(['cat-file', '-p', 'refs/gatos/trust:envelope'], { cwd: repo }), 'latin1');
    expect(bytes.length).toBeGreaterThan(0);
  });

  it('a struct by trying all of them; a word decides', async () => {
    writeFileSync(stage.at('receipt.can'), await receiptBytes());
    expect(inspect(stage.folder, 'receipt.can').what).toBe('MYTHOS Receipt');
    expect(inspect(stage.folder, 'receipt.can', '--as', 'receipt').what).toBe('MYTHOS Receipt');
    const wrong = stage.run(['git', 'gatos', 'inspect', 'receipt.can', '--as', 'Capability']);
    expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining('cannot be read as `Capability`')]);
    writeFileSync(stage.at('long.can'), Uint8Array.of(3, 0x81, 0));
    const why = (form: string) => stage.run(['git', 'gatos', 'inspect', 'long.can', '--as', form]).stderr;
    expect(why('can')).toMatch(/cannot be read as `can`: .*(?:shortest|minimal|length|LEB128)/);
    for (const form of ['cbor', 'json', 'packet']) expect(why(form)).toMatch(/cannot be read as `\w+`: .+/);
    expect(inspect(stage.folder, 'long.can').what).toBe('plain bytes');
    const unknown = stage.run(['git', 'gatos', 'inspect', 'receipt.can', '--as', 'Nothing']);
    expect([unknown.status, unknown.stderr]).toEqual([1, expect.stringContaining('no form that `inspect` knows')]);
  });

  it('bytes that are nobody’s say so, and --raw shows any', () => {
    writeFileSync(stage.at('noise'), Buffer.from([0xff, 0x00, 0x01, 0x4d]));
    expect(inspect(stage.folder, 'noise')).toMatchObject({ what: 'plain bytes' });
    expect(stage.gatos(['inspect', 'noise', '--raw'])).toBe(`0000  ff 00 01 4d${' '.repeat(36)}  ...M`);
  });
});

/** A receipt that is signed by a key that follows from a number, in MYTHOS-CAN. */
async function receiptBytes(): Promise<Uint8Array> {
  const signer = nobleSigner({ seed: new Uint8Array(32).fill(7), source: 'seed 7' });
  const digest = (number: number) => new Uint8Array(32).fill(number);
  const receipt = await sealStruct(
    RECEIPT,
    {
      tool_id: digest(1),
      request_hash: digest(2),
      response_hash: digest(3),
      idempotency_key: new Uint8Array([1, 2]),
      signer: agentOf(signer.key),
      time_observed: 1_700_000_000_000_000n,
      status: 200,
    },
    signer,
  );
  return encodeStruct(RECEIPT, receipt);
}
