/** Making packets in a clone: what a description refers to is looked up here, and the writer signs. */
import { createReadStream } from 'node:fs';
import { dirname, resolve } from 'node:path';
import {
  concatBytes,
  findTool,
  irBundleOfSource,
  LIMITS,
  parseHex,
  toolDefBytes,
  toolError,
  toolsWithId,
} from 'gatos-core';
import { agentOf, decodeStruct, type Framing, type IrBundle, TOOL_DEF, type ToolDef } from 'gatos-core/mythos';
import type { Workspace } from '../workspace.js';
import { executeError } from './errors.js';
import { sealPacket } from './packet.js';

export interface BuildPacketRequest {
  /** Bytes of the description. */
  readonly source: Uint8Array;
  /** Files that it names are relative to this one. */
  readonly path: string;
  readonly framing?: Framing | undefined;
  readonly compress?: boolean | undefined;
}

export interface BuiltPacket {
  readonly bundle: IrBundle;
  readonly bytes: Uint8Array;
}

/** Throws as `irBundleOfSource`, `tools/no-such-tool`, `execute/unreadable`, `mythos/packet-too-large`, `settings/no-author`. */
export async function buildPacket(workspace: Workspace, request: BuildPacketRequest): Promise<BuiltPacket> {
  const { source, path, framing, compress } = request;
  const { repository, backend } = workspace;
  const { signer } = await repository.writer();
  const bundle = await irBundleOfSource(
    source,
    { author: agentOf(signer.key) },
    { tool: (name) => toolNamed(backend, name), file: (name) => readWithin(resolve(dirname(path), name)) },
  );
  return { bundle, bytes: await sealPacket(bundle, { signer, framing, compress }) };
}

const HEX_ID = /^[0-9a-f]{64}$/;

/** The definition of a tool that is declared, with the name that it was asked for by. */
async function toolNamed(backend: Workspace['backend'], name: string): Promise<ToolDef> {
  const [found = null] = HEX_ID.test(name)
    ? await toolsWithId(backend, parseHex(name))
    : [await findTool(backend, name)];
  if (found === null) throw toolError('no-such-tool', { tool: name });
  return { ...decodeStruct(TOOL_DEF, toolDefBytes(found.manifest)), tool_id: found.id, name: found.name };
}

/** A file that becomes a constant: what is larger than a packet is not read. */
async function readWithin(path: string): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of createReadStream(path) as AsyncIterable<Uint8Array>) {
      length += part.length;
      if (length > LIMITS.packetPlainBytes) break;
      parts.push(part);
    }
  } catch (error) {
    throw executeError('unreadable', { path, why: (error as NodeJS.ErrnoException).code ?? 'it cannot be read' });
  }
  if (length > LIMITS.packetPlainBytes)
    throw executeError('unreadable', { path, why: `it has more than ${LIMITS.packetPlainBytes} bytes` });
  return concatBytes(parts);
}
