/** Looking up declared tools: by name, by id, all of them, and the files that one is run from. */
import {
  type Indexed,
  indexedBody,
  listFiles,
  lookupIndexed,
  type NewFile,
  readEntry,
  refOfChain,
} from '../chain/index.js';
import { Cid, decode, type JsonValue } from '../codec/index.js';
import type { GitBackend, Oid } from '../git/index.js';
import { bytesEqual, compareText, LIMITS } from '../kernel/index.js';
import { toolError } from './errors.js';
import { TOOL_NAME, type ToolManifest } from './manifest.js';
import { DECLARATION_KIND, type Declaration, manifestOf, TOOLS_CHAIN } from './schema.js';

export interface DeclaredTool {
  readonly name: string;
  /** 32 bytes. */
  readonly id: Uint8Array;
  readonly manifest: ToolManifest;
  readonly body: Declaration;
  /** CID of the record. */
  readonly cid: Cid;
  /** A commit of the chain that holds the declaration, or comes after it. */
  readonly commit: Oid;
}

/** Throws `tools/bad-name`. */
export function checkToolName(name: string): string {
  if (TOOL_NAME.test(name)) return name;
  throw toolError('bad-name', { name: name.slice(0, 80) });
}

/** The tool that stands under a name, or null. Throws `tools/bad-name`, `chain/bad-index`, `codec/*`, and as the git port. */
export async function findTool(backend: GitBackend, name: string): Promise<DeclaredTool | null> {
  const found = await lookupIndexed(backend, TOOLS_CHAIN, checkToolName(name));
  return found === null ? null : declaredIn(found);
}

/** As `findTool`; throws `tools/no-such-tool` when there is none. */
export async function readTool(backend: GitBackend, name: string): Promise<DeclaredTool> {
  const tool = await findTool(backend, name);
  if (tool === null) throw toolError('no-such-tool', { tool: name });
  return tool;
}

/**
 * The tools with an id, by the bytes of their names: one definition may be declared under several, each run in another way. Any of them
 * does what the id says.
 */
export async function toolsWithId(backend: GitBackend, id: Uint8Array): Promise<readonly DeclaredTool[]> {
  return (await listTools(backend)).filter((tool) => bytesEqual(tool.id, id));
}

/** All that stand, by the bytes of their names. Throws as `findTool`. */
export async function listTools(backend: GitBackend): Promise<readonly DeclaredTool[]> {
  const commit = await backend.refs.read(refOfChain(TOOLS_CHAIN));
  if (commit === null) return [];
  const { tree } = await readEntry(backend, commit);
  const enter = (path: string) => path.startsWith(INDEX);
  const files = [...(await listFiles(backend, tree, { enter }))].filter(([path]) => path.startsWith(INDEX));
  if (files.length > LIMITS.tools)
    throw toolError('bad-declaration', {
      tool: '',
      why: `there are ${files.length} tools, the limit is ${LIMITS.tools}`,
    });
  const tools: DeclaredTool[] = [];
  const oids = files.map(([, oid]) => oid);
  for await (const { content } of backend.objects.readMany(oids, { maxBytes: LEAF_BYTES })) {
    const path = files[tools.length]?.[0] ?? '';
    const at = { chain: TOOLS_CHAIN, commit, path };
    tools.push(declaredIn({ key: keyIn(content), cid: Cid.hash('dag-cbor', content), record: content, at }));
  }
  return tools.sort((a, b) => compareText(a.name, b.name));
}

const INDEX = 'index/';
/** A record, and room for what is around its body. */
const LEAF_BYTES = LIMITS.recordBytes + 1024;

/** The name in a record of a tool; whether it is one is asked afterwards. */
function keyIn(record: Uint8Array): string {
  const { body } = decode(record) as { readonly body?: { readonly name?: unknown } };
  return String(body?.name ?? '');
}

function declaredIn(found: Indexed): DeclaredTool {
  const body = indexedBody(found, DECLARATION_KIND);
  const { name, tool_id: id, manifest } = body;
  return {
    name,
    id,
    manifest: manifestOf({ manifest: manifest as JsonValue }),
    body,
    cid: found.cid,
    commit: found.at.commit,
  };
}

/**
 * The files that a tool is run from, with the paths of its manifest: one read each, however much was declared since. Throws
 * `tools/bad-declaration` when they are not what it lists, and as the git port.
 */
export async function readModule(backend: GitBackend, { name, body }: DeclaredTool): Promise<readonly NewFile[]> {
  const out: NewFile[] = [];
  for (const { path, cid, size, blob } of body.files) {
    // Where it lies is only said by the record; what it is, the digest decides.
    const { type, content: bytes } = await backend.objects.read(blob as Oid, { maxBytes: LIMITS.toolFileBytes });
    if (type !== 'blob' || bytes.length !== size || !Cid.hash('raw', bytes).equals(cid))
      throw toolError('bad-declaration', { tool: name, why: `its file \`${path}\` is another one` });
    out.push({ path, bytes });
  }
  return out;
}
