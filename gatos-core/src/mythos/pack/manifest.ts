/** The manifest of a vector pack, and where its files come from. */
import { formatPath, type JsonValue, parseJson, setEntry } from '../../codec/index.js';
import { GatosError, LIMITS } from '../../kernel/index.js';
import { packError } from './errors.js';

/** The folder of a pack. Paths are relative, with `/`; what is read is foreign and bounded by the source. */
export interface PackSource {
  /** The bytes of a file; undefined when there is none. */
  read(path: string): Promise<Uint8Array | undefined>;
}

/** One entry of a manifest. */
export interface PackVector {
  readonly id: string;
  /** The word before the first `_` of the id, in small letters: `CAN_001` is of the suite `can`. */
  readonly suite: string;
  readonly description: string;
  /** Paths by role. */
  readonly files: Readonly<Record<string, string>>;
  readonly expected: Readonly<Record<string, JsonValue>>;
}

export interface PackManifest {
  readonly pack: string;
  readonly version: string;
  readonly vectors: readonly PackVector[];
}

const MANIFEST = 'manifest.json';
/** No empty, `.` or `..` step, nothing absolute, no drive, no backslash. */
const STEP = /^(?!\.{1,2}$)[A-Za-z0-9._-]+$/;

/** Refuses a path that could lead out of the pack. Throws `pack/path`. */
export function checkPackPath(path: string): void {
  if (path.length > LIMITS.packPathBytes || !path.split('/').every((step) => STEP.test(step)))
    throw packError('path', { path });
}

type Fields = Readonly<Record<string, JsonValue>>;

function bad(steps: readonly (string | number)[], why: string): GatosError {
  return packError('manifest', { path: formatPath('manifest', steps), why });
}

function fields(value: JsonValue | undefined, steps: readonly (string | number)[]): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(steps, 'it is no object');
  return value as Fields;
}

function text(value: JsonValue | undefined, steps: readonly (string | number)[]): string {
  if (typeof value !== 'string') throw bad(steps, 'it is no text');
  return value;
}

function vectorOf(value: JsonValue, index: number): PackVector {
  const steps = ['vectors', index];
  const entry = fields(value, steps);
  const id = text(entry.id, [...steps, 'id']);
  const files: Record<string, string> = {};
  for (const [role, path] of Object.entries(fields(entry.files, [...steps, 'files']))) {
    const file = text(path, [...steps, 'files', role]);
    checkPackPath(file);
    // A role is foreign text, and may be `__proto__`.
    setEntry(files, role, file);
  }
  return {
    id,
    suite: (id.split('_')[0] as string).toLowerCase(),
    description: entry.description === undefined ? '' : text(entry.description, [...steps, 'description']),
    files,
    expected: entry.expected === undefined ? {} : fields(entry.expected, [...steps, 'expected']),
  };
}

/** Reads the manifest. Throws `pack/no-manifest`, `pack/manifest`, `pack/path`. */
export async function readPackManifest(source: PackSource): Promise<PackManifest> {
  const bytes = await source.read(MANIFEST);
  if (bytes === undefined) throw packError('no-manifest', undefined);
  const manifest = fields(parsed(bytes), []);
  const { vectors } = manifest;
  if (!Array.isArray(vectors)) throw bad(['vectors'], 'it is no list');
  if (vectors.length > LIMITS.packVectors) throw bad(['vectors'], `it has more than ${LIMITS.packVectors} entries`);
  const read = vectors.map(vectorOf);
  const ids = new Set<string>();
  for (const [i, { id }] of read.entries()) {
    if (ids.has(id)) throw bad(['vectors', i, 'id'], `\`${id}\` comes twice`);
    ids.add(id);
  }
  return { pack: text(manifest.pack, ['pack']), version: text(manifest.version, ['version']), vectors: read };
}

function parsed(bytes: Uint8Array): JsonValue {
  try {
    return parseJson(bytes);
  } catch (error) {
    if (error instanceof GatosError) throw bad([], error.message);
    throw error;
  }
}

/** The vectors of a suite, by its name, by the folder of their files, or by an id. Throws `pack/suite`. */
export function vectorsOfSuite({ vectors }: PackManifest, suite: string | undefined): readonly PackVector[] {
  if (suite === undefined) return vectors;
  const wanted = suite.toLowerCase();
  const found = vectors.filter((vector) => namesOf(vector).includes(wanted));
  if (found.length > 0) return found;
  throw packError('suite', { suite, known: [...new Set(vectors.map((vector) => vector.suite))].join(', ') });
}

function namesOf({ id, suite, files }: PackVector): readonly string[] {
  const folders = Object.values(files).flatMap((path) => path.split('/').slice(0, -1).slice(-1));
  return [id.toLowerCase(), suite, ...folders.map((folder) => folder.toLowerCase())];
}
