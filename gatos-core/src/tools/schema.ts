/** The record of a declared tool: its manifest, its id, and the files that it is run from. */
import { type Attachment, defineKind, type IndexedKind } from '../chain/index.js';
import { formatDigest, type Infer, type JsonValue, s } from '../codec/index.js';
import { bytesEqual, LIMITS } from '../kernel/index.js';
import { manifestFault, moduleFiles, TOOL_NAME, type ToolManifest } from './manifest.js';
import { toolId } from './tool-id.js';

/** The chain of declared tools: an index by name. */
export const TOOLS_CHAIN = 'tools';

/** Where the files of a tool stand in the tree of its declaration. */
export const MODULE_FOLDER = 'module/';

const OID = s.text({
  maxBytes: LIMITS.oidBytes,
  pattern: /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/,
  form: 'the id of a git object',
});

const FILE = s.struct({
  path: s.text({ maxBytes: LIMITS.attachmentPathBytes }),
  cid: s.cid,
  size: s.int({ min: 0, max: LIMITS.toolFileBytes }),
  /** The git object that holds it, so that nobody has to look for the envelope that brought it. */
  blob: OID,
});

const SHAPE = s.struct({
  name: s.text({ maxBytes: LIMITS.nameBytes, pattern: TOOL_NAME, form: 'the name of a tool' }),
  tool_id: s.bytes({ length: 32 }),
  manifest: s.json,
  /** The files that the manifest names, in its order. */
  files: s.list(FILE, { max: LIMITS.toolFiles }),
  /** The declaration under this name before it; null: there was none. */
  replaces: s.nullable(s.cid),
});

/** The manifest says all; the rest is what can be looked up without reading it. */
function declarationFault({ name, tool_id, manifest, files }: Infer<typeof SHAPE>): string | undefined {
  const fault = manifestFault(manifest);
  if (fault !== undefined) return `has a manifest in which \`${fault.steps.join('.')}\` ${fault.why}`;
  const tool = manifest as unknown as ToolManifest;
  if (tool.name !== name) return `has the manifest of \`${tool.name}\``;
  if (!bytesEqual(toolId(tool), tool_id)) return 'has another id than its manifest makes';
  const named = moduleFiles(tool);
  const same = named.length === files.length && named.every((path, i) => files[i]?.path === path);
  return same ? undefined : 'lists other files than its manifest names';
}

export const DECLARATION_SCHEMA = s.refine(SHAPE, declarationFault);
export type Declaration = Infer<typeof SHAPE>;

export const DECLARATION_KIND: IndexedKind<Declaration> = {
  ...defineKind<Declaration>({
    kind: 'tool.declared',
    schema: DECLARATION_SCHEMA,
    describe: ({ name, tool_id: id }) => ({
      title: `tool: ${name}`,
      trailers: [
        ['Tool', name],
        ['Tool-Id', formatDigest(id)],
      ],
    }),
    attachments: ({ files }): readonly Attachment[] =>
      files.map(({ path, cid, size }) => ({ path: MODULE_FOLDER + path, cid, size, codec: 'raw' })),
  }),
  indexKey: ({ name }) => name,
  indexReplaces: ({ replaces }) => replaces,
};

export function manifestOf({ manifest }: { readonly manifest: JsonValue }): ToolManifest {
  return manifest as unknown as ToolManifest;
}
