/** Declaring a tool: its manifest and its files become visible under its name, in the place of what stood there. */
import { appendIndexed, type NewFile, type WriterPorts } from '../chain/index.js';
import { Cid, encode, type JsonValue, type Value } from '../codec/index.js';
import { hashObject } from '../git/index.js';
import { bytesEqual, isGatosError, LIMITS } from '../kernel/index.js';
import { requestBy, type Writer } from '../trust/index.js';
import { toolError } from './errors.js';
import { moduleFiles, type ToolManifest } from './manifest.js';
import { checkToolManifest } from './manifest-parse.js';
import { type DeclaredTool, findTool, readTool } from './read.js';
import { TOOLS_RULE } from './rules.js';
import { DECLARATION_KIND, type Declaration, MODULE_FOLDER, TOOLS_CHAIN } from './schema.js';
import { toolId } from './tool-id.js';

export interface DeclareRequest {
  readonly manifest: ToolManifest;
  /** The files that the manifest names, with its paths. */
  readonly files: readonly NewFile[];
  /** CID of the declaration that this one may replace, null for none; absent: whatever stands there when it is looked at. */
  readonly expected?: Cid | null | undefined;
}

export interface Declared {
  /** `exists`: the same stood there already, nothing was written. */
  readonly status: 'recorded' | 'exists';
  readonly tool: DeclaredTool;
  readonly replaced: DeclaredTool | null;
}

/**
 * Throws `tools/bad-manifest`, `tools/bad-file` when the files are not those that the manifest names, `tools/too-large`, `tools/changed`
 * when something else stands under the name than was expected, and as `append`.
 */
export async function declareTool(ports: WriterPorts, writer: Writer, request: DeclareRequest): Promise<Declared> {
  const manifest = checkToolManifest(request.manifest as unknown as JsonValue);
  const files = orderedFiles(manifest, request.files);
  const { name } = manifest;
  const standing = await findTool(ports.backend, name);
  const body: Declaration = {
    name,
    tool_id: toolId(manifest),
    manifest: manifest as unknown as JsonValue,
    files: files.map(({ path, bytes }) => ({
      path,
      cid: Cid.hash('raw', bytes),
      size: bytes.length,
      blob: hashObject(ports.backend.objects.format, 'blob', bytes),
    })),
    replaces: standing?.cid ?? null,
  };
  if (standing !== null && says(standing.body, body)) return { status: 'exists', tool: standing, replaced: null };
  const { expected } = request;
  if (expected !== undefined && String(expected) !== String(body.replaces)) throw toolError('changed', { tool: name });
  const { prepare: _, ...place } = requestBy(writer, {
    chain: TOOLS_CHAIN,
    rule: TOOLS_RULE,
    prepare: async () => [],
  });
  const attached = files.map(({ path, bytes }) => ({ path: MODULE_FOLDER + path, bytes }));
  const records = [{ body, expected: body.replaces, files: attached }];
  try {
    const { appended } = await appendIndexed(ports, { ...place, kind: DECLARATION_KIND, records });
    // Somebody else was first, and said the same.
    const status = appended === null ? 'exists' : 'recorded';
    const tool = await readTool(ports.backend, name);
    return { status, tool, replaced: appended === null ? null : standing };
  } catch (error) {
    if (!isGatosError(error, 'chain/index-conflict')) throw error;
    const now = await findTool(ports.backend, name);
    if (now === null || !says(now.body, body)) throw toolError('changed', { tool: name }, { cause: error });
    return { status: 'exists', tool: now, replaced: null };
  }
}

/** Do both say the same, whatever they replace? */
function says(one: Declaration, other: Declaration): boolean {
  const bytes = (body: Declaration) => encode({ ...body, replaces: null } as unknown as Value);
  return bytesEqual(bytes(one), bytes(other));
}

/** In the order of the manifest. */
function orderedFiles(manifest: ToolManifest, given: readonly NewFile[]): readonly NewFile[] {
  const named = moduleFiles(manifest);
  const odd = given.find(({ path }) => !named.includes(path));
  if (odd !== undefined) throw toolError('bad-file', { path: odd.path, why: 'the manifest does not name it' });
  return named.map((path) => {
    const found = given.filter((file) => file.path === path);
    const [file] = found;
    if (file === undefined || found.length > 1)
      throw toolError('bad-file', { path, why: file === undefined ? 'it is not given' : 'it is given twice' });
    const [size, limit] = [file.bytes.length, LIMITS.toolFileBytes];
    if (size > limit) throw toolError('too-large', { what: `\`${path}\``, size, limit });
    return file;
  });
}
