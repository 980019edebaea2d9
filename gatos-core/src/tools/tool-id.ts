/**
 * The id of a tool: SHA-256 of its definition, which says what it takes and gives, what it does, and what its effects are. Not how it is
 * run, and not its name: the same `echo` in three languages is one tool (design 4.2).
 */
import { sha256 } from '#hash';
import { utf8 } from '../kernel/index.js';
import { encodeStruct, structId, TOOL_DEF, type ToolDef } from '../mythos/index.js';
import { EFFECTS, type ToolManifest } from './manifest.js';
import { typeId } from './schema-normal.js';

type Defining = Pick<ToolManifest, 'request' | 'response' | 'effect' | 'retry_safe' | 'cacheable' | 'does'>;

/** The definition of a checked manifest, with its id; a name is given where it is to be read by people. Effects count from 1. */
export function toolDef(manifest: Defining, { name }: { readonly name?: string | undefined } = {}): ToolDef {
  const { request, response, effect, retry_safe, cacheable, does } = manifest;
  const definition = {
    request_type_id: typeId(request),
    response_type_id: typeId(response),
    effect: { effect: EFFECTS.indexOf(effect) + 1, retry_safe, cacheable, does: sha256(utf8(does)) },
  };
  const tool_id = structId(TOOL_DEF, { tool_id: NO_ID, ...definition });
  return { tool_id, name, ...definition };
}

/** Left out of what is hashed. */
const NO_ID = new Uint8Array(32);

/** The canonical ToolDef with its id and, if it is given, its name: as it stands in an IR bundle. */
export function toolDefBytes(manifest: Defining, names?: { readonly name?: string | undefined }): Uint8Array {
  return encodeStruct(TOOL_DEF, toolDef(manifest, names));
}

/** 32 bytes, of a checked manifest. */
export function toolId(manifest: Defining): Uint8Array {
  return toolDef(manifest).tool_id;
}
