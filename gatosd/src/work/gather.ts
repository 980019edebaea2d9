/** From a command in a folder to the description of a job: its program, its inputs, and where they come from. */
import { createHash } from 'node:crypto';
import { relative, sep } from 'node:path';
import {
  hashObject,
  type InputFile,
  type InputSource,
  type JobLimits,
  type JobSpec,
  type ObjectFormat,
  type Oid,
  type ProgramKind,
  pathFault,
} from 'gatos-core';
import type { Environment } from '../git-run.js';
import { parseGlob } from '../runners/index.js';
import type { Workspace } from '../workspace.js';
import { CheckoutView } from './checkout.js';
import { workError } from './errors.js';
import { fileAt, findFiles, type LocalFile } from './files.js';

/** What somebody asks to be run. Paths and patterns are relative to `cwd`. */
export interface CommandRequest {
  readonly cwd: string;
  readonly env: Environment;
  readonly kind: ProgramKind;
  /** The command (process, container) or the file of the program (quickjs, wasm), and its arguments. */
  readonly argv: readonly string[];
  readonly image?: string | undefined;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Files of the program that its arguments do not name. */
  readonly program: readonly string[];
  /** Folders that it reads and that are not carried along. */
  readonly libraries: readonly string[];
  /** Values of variables that the job sees and the record keeps. */
  readonly variables: Readonly<Record<string, string>>;
  readonly limits: JobLimits;
  readonly network: boolean;
}

/**
 * What the job is. Files that arguments name are files of the program unless they are inputs or outputs. Throws `work/no-command`,
 * `work/no-file`, `work/bad-path`, `work/unreadable`, and as the git port.
 */
export async function gatherJob(workspace: Workspace, request: CommandRequest): Promise<JobSpec> {
  const { cwd, env, kind, argv, image, libraries, variables, limits, network } = request;
  const [entry, ...args] = argv;
  if (entry === undefined) throw workError('no-command', {});
  const outputs = request.outputs.map(outputPattern);
  const inputs = findFiles(request.inputs, { cwd, role: 'an input' });
  const files = programFiles(request, { inputs, outputs });
  const view = new CheckoutView(workspace, env);
  return {
    program: {
      kind,
      entry: kind === 'quickjs' || kind === 'wasm' ? plain(entry) : entry,
      args,
      env: variables,
      image,
      files,
    },
    inputs: inputs.map((file) =>
      inputOf(file, (oid) => sourceOf(workspace, view, file.at, oid), workspace.backend.format),
    ),
    outputs,
    libraries: libraries.map(plain),
    limits,
    network,
  };
}

/** `out/` stands for all that is in it. Throws `work/bad-path`. */
function outputPattern(given: string): string {
  const pattern = plain(given.endsWith('/') ? `${given}**` : given);
  const why = pathFault(pattern);
  if (why !== undefined) throw workError('bad-path', { path: given, why });
  return pattern;
}

function plain(path: string): string {
  return path.replace(/^(?:\.\/+)+/, '').replace(/\/+$/, '');
}

function programFiles(
  { cwd, argv, program }: CommandRequest,
  taken: { readonly inputs: readonly LocalFile[]; readonly outputs: readonly string[] },
): readonly LocalFile[] {
  const inputs = new Set(taken.inputs.map(({ path }) => path));
  const globs = taken.outputs.map(parseGlob);
  const named = argv.flatMap((argument) => fileAt(argument, cwd) ?? []);
  const files = new Map<string, LocalFile>();
  for (const file of [...named, ...findFiles(program, { cwd, role: 'a file of the program' })]) {
    const isOther = inputs.has(file.path) || globs.some((glob) => glob.matches(file.path));
    if (!isOther) files.set(file.path, file);
  }
  return [...files.values()];
}

/** An input whose source is found out when its bytes are read. */
function inputOf(
  { path, size, read, stream }: LocalFile,
  sourceOf: (oid: Oid) => Promise<InputSource>,
  format: ObjectFormat,
): InputFile {
  let source: InputSource = { path: null, state: 'given' };
  let known: Promise<InputSource> | undefined;
  return {
    path,
    size,
    get source() {
      return source;
    },
    read: async () => {
      const content = await read();
      known ??= sourceOf(hashObject(format, 'blob', content));
      source = await known;
      return content;
    },
    stream: async function* () {
      // As git hashes a blob (gitformat-object): its type and size, and then its bytes.
      const hash = createHash(format).update(`blob ${size}\0`);
      for await (const part of stream()) {
        hash.update(part);
        yield part;
      }
      known ??= sourceOf(hash.digest('hex'));
      source = await known;
    },
  };
}

async function sourceOf({ backend }: Workspace, view: CheckoutView, at: string, oid: Oid): Promise<InputSource> {
  const { workTree } = backend;
  const path = workTree === null ? '..' : relative(workTree, at).split(sep).join('/');
  if (path === '..' || path.startsWith('../')) return { path: null, state: 'given' };
  return view.sourceOfBlob(path, oid);
}
