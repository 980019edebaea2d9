/** Files on their way into a job, and the manifest that comes of them. */
import { describe, expect, it } from 'vitest';
import { withFaults } from '../../testing/index.js';
import { fileSources, JobsWorld, jobSpec } from '../../testing/jobs-world.js';
import { Cid, encode, type Value } from '../codec/index.js';
import { type GitBackend, memoryBackend } from '../git/index.js';
import { LIMITS, utf8 } from '../kernel/index.js';
import {
  type FileSource,
  filesBelow,
  INPUTS_FOLDER,
  type JobSpec,
  jobId,
  newNonce,
  PROGRAM_FOLDER,
  prepareJob,
  readAttached,
  readManifest,
  repeatedJob,
  stageFiles,
} from './index.js';

const NO_POLICY = { policyRoot: null };
const MIB = 1024 * 1024;

/** A backend that tells how many objects, and bytes of them, are written at a time. */
function watched(backend: GitBackend = memoryBackend()) {
  const writes: { readonly count: number; readonly bytes: number }[] = [];
  const objects = new Proxy(backend.objects, {
    get: (target, name) => {
      if (name === 'write')
        return (batch: Parameters<typeof target.write>[0]) => {
          writes.push({ count: batch.length, bytes: batch.reduce((sum, { content }) => sum + content.length, 0) });
          return target.write(batch);
        };
      const found: unknown = Reflect.get(target, name);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
  return { backend: { ...backend, objects }, writes };
}

function large(path: string, size: number): FileSource {
  return { path, size, read: async () => new Uint8Array(size).fill(path.charCodeAt(0)) };
}

function neverRead(path: string, size = 1): FileSource {
  const read = async (): Promise<never> => {
    throw new Error(`${path} is read`);
  };
  return { path, size, read };
}

const given = (files: readonly FileSource[]): JobSpec['inputs'] =>
  files.map((file) => ({
    path: file.path,
    size: file.size,
    read: () => file.read(),
    source: { path: null, state: 'given' },
  }));

describe('staged files', () => {
  it('are hashed and not written while they are few', async () => {
    const { backend, writes } = watched();
    const staged = await stageFiles(backend, fileSources({ b: 'B', a: 'A' }));
    expect(writes).toEqual([]);
    expect(staged.files).toEqual([
      { path: 'a', cid: Cid.hash('raw', utf8('A')), size: 1 },
      { path: 'b', cid: Cid.hash('raw', utf8('B')), size: 1 },
    ]);
    expect(staged.in('x/').map(({ path }) => path)).toEqual(['x/b', 'x/a']);
  });

  it('are written in batches of about 16 MiB where they are large, so that memory stays bounded', async () => {
    const { backend, writes } = watched();
    const staged = await stageFiles(
      backend,
      'abcdefg'.split('').map((path) => large(path, 6 * MIB)),
    );
    expect(writes).toEqual([
      { count: 3, bytes: 18 * MIB },
      { count: 3, bytes: 18 * MIB },
      { count: 1, bytes: 6 * MIB },
    ]);
    const stored = staged.in('');
    expect(stored.every((file) => 'oid' in file && !('bytes' in file))).toBe(true);
    for (const [i, file] of stored.entries()) {
      const oid = 'oid' in file ? file.oid : '';
      const want = { path: file.path, cid: staged.files[i]?.cid as Cid, size: 6 * MIB };
      expect((await readAttached(backend, oid, want)).length).toBe(6 * MIB);
    }
  });

  it('say how far they are, and stop where they are asked to', async () => {
    const seen: number[] = [];
    const stop = new AbortController();
    const progress = ({ done, total }: { done: number; total?: number | undefined }) => {
      expect(total).toBe(3);
      seen.push(done);
      if (done === 2) stop.abort(new Error('enough'));
    };
    const files = fileSources({ a: '1', b: '2', c: '3' });
    await expect(stageFiles(memoryBackend(), files, { signal: stop.signal, progress })).rejects.toThrow('enough');
    expect(seen).toEqual([1, 2]);
  });

  it('are read through their own object, each once', async () => {
    class Source implements FileSource {
      readonly path = 'a';
      readonly size = 1;
      reads = 0;
      async read() {
        this.reads += 1;
        return utf8('A');
      }
    }
    const source = new Source();
    expect((await stageFiles(memoryBackend(), [source])).files).toHaveLength(1);
    expect(source.reads).toBe(1);
  });

  it('are recorded as they were read when they changed since they were looked at', async () => {
    const [file] = (await stageFiles(memoryBackend(), [{ path: 'a', size: 1, read: async () => utf8('longer') }]))
      .files;
    expect(file).toEqual({ path: 'a', cid: Cid.hash('raw', utf8('longer')), size: 6 });
  });

  it('are refused when one grew beyond the limit meanwhile, or cannot be read', async () => {
    const grown = { path: 'a', size: 1, read: async () => new Uint8Array(LIMITS.jobFileBytes + 1) };
    await expect(stageFiles(memoryBackend(), [grown])).rejects.toMatchObject({
      code: 'jobs/too-large',
      data: { what: '`a`', size: LIMITS.jobFileBytes + 1, limit: LIMITS.jobFileBytes },
    });
    await expect(stageFiles(memoryBackend(), [neverRead('a')])).rejects.toThrow('a is read');
  });

  it.each<[string, readonly FileSource[], object]>([
    [
      'a path that no record takes',
      [neverRead('a'), neverRead('b\nc')],
      { code: 'jobs/bad-file', data: { path: 'b\nc' } },
    ],
    ['a path twice', [neverRead('a'), neverRead('a')], { code: 'jobs/bad-file', data: { why: 'is given twice' } }],
    ['a file below another', [neverRead('a/b'), neverRead('a')], { code: 'jobs/bad-manifest' }],
    ['a file beyond the limit', [neverRead('a', LIMITS.jobFileBytes + 1)], { code: 'jobs/too-large' }],
    [
      'more files than a job takes',
      Array.from({ length: LIMITS.jobFiles + 1 }, (_, i) => neverRead(`${i}`)),
      { code: 'jobs/too-many', data: { count: LIMITS.jobFiles + 1, limit: LIMITS.jobFiles } },
    ],
  ])('are refused before one is read with %s', async (_, files, fault) => {
    await expect(stageFiles(memoryBackend(), files)).rejects.toMatchObject(fault);
    const spec = jobSpec({ inputs: given(files) });
    await expect(prepareJob(memoryBackend(), spec, NO_POLICY)).rejects.toMatchObject(fault);
  });
});

describe('a prepared job', () => {
  it('has one id, whatever the order of what it was made from', async () => {
    const make = (inputs: Readonly<Record<string, string>>, outputs: readonly string[]) =>
      prepareJob(memoryBackend(), jobSpec({ outputs, libraries: [...outputs] }, inputs), NO_POLICY);
    const one = await make({ a: '1', b: '2' }, ['x', 'y', 'x']);
    const two = await make({ b: '2', a: '1' }, ['y', 'x']);
    expect(String(two.job)).toBe(String(one.job));
    expect(one.manifest.outputs).toEqual(['x', 'y']);
    expect(String(Cid.hash('dag-cbor', encode(one.manifest as unknown as Value)))).toBe(String(one.job));
    expect(String((await make({ a: '1', b: '3' }, ['x', 'y'])).job)).not.toBe(String(one.job));
  });

  it('is another one with a nonce, and the same one with the same', async () => {
    const world = await JobsWorld.open();
    const first = await world.prepare();
    const nonce = newNonce(world.ports);
    const again = repeatedJob(first, nonce);
    expect(String(again.job)).not.toBe(String(first.job));
    expect(String(repeatedJob(again, nonce).job)).toBe(String(again.job));
    expect(again.manifest).toEqual({ ...first.manifest, nonce });
    expect(() => repeatedJob(first, 'again')).toThrow(expect.objectContaining({ code: 'jobs/bad-manifest' }));
  });

  it('names the main file of a sandboxed program by its bytes', async () => {
    const [file] = fileSources({ 'main.js': 'export {}' });
    if (file === undefined) throw new Error('there is a file');
    const files = [{ ...file, executable: false }];
    const program = { kind: 'quickjs', entry: 'main.js', args: [], env: {}, files } as const;
    const { manifest } = await prepareJob(memoryBackend(), jobSpec({ program }), NO_POLICY);
    expect(manifest.program.ref).toBe(String(Cid.hash('raw', utf8('export {}'))));
    const missing = { ...program, entry: 'other.js' };
    await expect(prepareJob(memoryBackend(), jobSpec({ program: missing }), NO_POLICY)).rejects.toMatchObject({
      code: 'jobs/bad-manifest',
      message: expect.stringContaining('its program `other.js` is not among the files of the program'),
    });
  });

  it('takes where its inputs come from when they have been read', async () => {
    let source: JobSpec['inputs'][number]['source'] = { path: null, state: 'given' };
    const input = {
      path: 'a',
      size: 1,
      get source() {
        return source;
      },
      read: async () => {
        source = { path: 'a', state: 'modified' };
        return utf8('A');
      },
    };
    const { manifest } = await prepareJob(memoryBackend(), jobSpec({ inputs: [input] }), NO_POLICY);
    expect(manifest.inputs[0]?.source).toEqual({ path: 'a', state: 'modified' });
  });

  const unread = given([neverRead('a')]);
  it.each<[string, Partial<JobSpec>, RegExp | string]>([
    ['no command', { program: { kind: 'process', entry: '', args: [], env: {}, files: [] } }, /entry` is empty/],
    ['an output that leads out', { outputs: ['../x'] }, /component `\.\.`/],
    ['limits that are none', { limits: { time_ms: 0, memory_bytes: 1, output_bytes: 1 } }, /time_ms/],
    ['an image for a process', { program: { ...jobSpec().program, image: 'x' } }, /has a `ref`/],
    ['a nonce that is none', { nonce: 'x' }, /ulid/],
    [
      'an input that is a file of its program',
      { program: { ...jobSpec().program, files: [{ ...neverRead('a'), executable: false }] } },
      /`a` as an input and as a file of the program/,
    ],
  ])('is refused before a file is read with %s', async (_, change, why) => {
    await expect(prepareJob(memoryBackend(), jobSpec({ inputs: unread, ...change }), NO_POLICY)).rejects.toMatchObject({
      code: 'jobs/bad-manifest',
      message: expect.stringMatching(why),
    });
  });

  it('is refused before a file is read when its manifest is too large for a record', async () => {
    const long = (i: number) => `${String(i).padStart(4, '0')}/${'x'.repeat(250)}`;
    const names = (count: number) => given(Array.from({ length: count }, (_, i) => neverRead(long(i))));
    await expect(prepareJob(memoryBackend(), jobSpec({ inputs: names(4096) }), NO_POLICY)).rejects.toMatchObject({
      code: 'jobs/too-large',
      data: { what: 'the manifest of the job', limit: LIMITS.recordBytes },
    });
  });

  it('travels with files of any name, and each comes back as it was', async () => {
    const world = await JobsWorld.open();
    const names = [
      'x.cbor',
      'a b.txt',
      'ü/日本語.csv',
      'e\u0301',
      '-rf',
      '😀',
      'envelope',
      'inputs/inputs',
      'a/b/c/d/e/f/g/h',
    ];
    const texts = Object.fromEntries(names.map((name) => [name, `this is ${name}`]));
    const [script] = fileSources({ 'program/x.cbor': '#!/bin/sh\n' });
    if (script === undefined) throw new Error('there is a script');
    const program = { ...jobSpec().program, files: [{ ...script, executable: true }] };
    const { job } = await world.submitted({ program }, texts);
    expect(await world.failures()).toEqual([]);
    const { entry, body } = await readManifest(world.backend, job);
    expect(jobId(body).equals(job)).toBe(true);
    const inputs = await filesBelow(world.backend, entry, INPUTS_FOLDER);
    expect([...inputs.keys()].sort()).toEqual([...names].sort());
    for (const { name, cid, size } of body.inputs) {
      const bytes = await readAttached(world.backend, inputs.get(name), { path: name, cid, size });
      expect(bytes).toEqual(utf8(`this is ${name}`));
    }
    expect([...(await filesBelow(world.backend, entry, PROGRAM_FOLDER)).keys()]).toEqual(['program/x.cbor']);
    expect(body.program.files[0]).toMatchObject({ path: 'program/x.cbor', executable: true });
  });

  it('tells whose bytes are not those that were recorded', async () => {
    const world = await JobsWorld.open();
    const { job } = await world.submitted({}, { a: 'A', b: 'B' });
    const { entry, body } = await readManifest(world.backend, job);
    const inputs = await filesBelow(world.backend, entry, INPUTS_FOLDER);
    const [a] = body.inputs;
    if (a === undefined) throw new Error('there is an input');
    const want = { path: 'a', cid: a.cid, size: 1 };
    const found = String(Cid.hash('raw', utf8('B')));
    await expect(readAttached(world.backend, inputs.get('b'), want)).rejects.toMatchObject({
      code: 'jobs/altered',
      data: { path: 'a', want: String(a.cid), found },
    });
    await expect(readAttached(world.backend, undefined, want)).rejects.toMatchObject({ data: { found: 'nothing' } });
    await expect(readAttached(world.backend, inputs.get('a'), { ...want, size: 2 })).rejects.toMatchObject({
      code: 'jobs/altered',
    });
  });

  it('leaves nothing visible when storing its files fails', async () => {
    const backend = memoryBackend();
    const failing = withFaults(backend, ({ operation }) => ({ kind: operation === 'objects.write' ? 'fail' : 'pass' }));
    const inputs = given([large('a', 10 * MIB), large('b', 10 * MIB)]);
    await expect(prepareJob(failing, jobSpec({ inputs }), NO_POLICY)).rejects.toMatchObject({ code: 'git/io' });
    expect(await backend.refs.list('refs/')).toEqual([]);
  });
});
