/** Tasks for tests: a manifest around a command, with files made of text. */
import { createHash } from 'node:crypto';
import { Cid, compareText, type Manifest } from 'gatos-core';
import type { GivenFile, Ran, Runner, Task } from './runner.js';

export interface JobSketch {
  readonly command: readonly [string, ...string[]];
  readonly inputs?: Readonly<Record<string, string | Uint8Array>>;
  readonly program?: Readonly<Record<string, string>>;
  readonly outputs?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly limits?: Partial<Manifest['limits']>;
  readonly network?: boolean;
  readonly libraries?: { readonly root: string; readonly paths: readonly string[] };
  readonly passed?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly onOutput?: NonNullable<Task['onOutput']>;
  readonly kind?: Manifest['program']['kind'];
  readonly ref?: string;
}

const LIMITS_OF_TESTS: Manifest['limits'] = { time_ms: 20_000, memory_bytes: 2 ** 40, output_bytes: 64 * 1024 * 1024 };

interface Named {
  readonly file: GivenFile;
  readonly cid: Cid;
}

function given(files: Readonly<Record<string, string | Uint8Array>>, executable: boolean): readonly Named[] {
  return Object.entries(files)
    .sort(([a], [b]) => compareText(a, b))
    .map(([path, content]) => {
      const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
      const cid = Cid.of('raw', createHash('sha256').update(bytes).digest());
      return { file: { path, size: bytes.length, executable, read: async () => bytes }, cid };
    });
}

export function sketchTask(sketch: JobSketch): Task {
  const [entry, ...args] = sketch.command;
  const inputs = given(sketch.inputs ?? {}, false);
  const program = given(sketch.program ?? {}, true);
  const manifest: Manifest = {
    program: {
      kind: sketch.kind ?? 'process',
      ref: sketch.ref ?? null,
      entry,
      args,
      env: sketch.env ?? {},
      files: program.map(({ file: { path, size }, cid }) => ({ path, cid, size, executable: true })),
    },
    inputs: inputs.map(({ file: { path, size }, cid }) => {
      return { name: path, cid, size, source: { path: null, state: 'given' as const } };
    }),
    outputs: [...(sketch.outputs ?? [])],
    libraries: [...(sketch.libraries?.paths ?? [])],
    limits: { ...LIMITS_OF_TESTS, ...sketch.limits },
    network: sketch.network ?? false,
    policy_root: null,
  };
  return {
    manifest,
    inputs: inputs.map(({ file }) => file),
    program: program.map(({ file }) => file),
    libraries: sketch.libraries?.root ?? null,
    passed: sketch.passed ?? {},
    ...(sketch.signal === undefined ? {} : { signal: sketch.signal }),
    ...(sketch.onOutput === undefined ? {} : { onOutput: sketch.onOutput }),
  };
}

/** What a run came to, with its files read; the scratch folder is removed. */
export interface Outcome extends Omit<Ran, 'outputs' | 'stdout' | 'stderr' | 'dispose'> {
  readonly files: Readonly<Record<string, string>>;
  readonly out: string;
  readonly err: string;
}

export async function runSketch(runner: Runner, sketch: JobSketch): Promise<Outcome> {
  const ran = await runner.run(sketchTask(sketch));
  try {
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
    const files: Record<string, string> = {};
    for (const output of ran.outputs) files[output.path] = text(await output.read());
    const { outputs: _, stdout, stderr, dispose: __, ...rest } = ran;
    return { ...rest, files, out: text(stdout), err: text(stderr) };
  } finally {
    await ran.dispose();
  }
}
