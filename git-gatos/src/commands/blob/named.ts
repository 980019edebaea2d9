/** The blob that an argument names. */
import { type Blob, openBlob, resolveBlobCid } from 'gatos-core';
import type { Context } from '../../context.js';
import type { Repository } from '../../repository.js';

export interface Named {
  readonly workspace: Repository;
  readonly cid: string;
}

export const CID_POSITIONAL = {
  name: 'cid',
  kind: 'text',
  summary: 'id of the blob, or its first eight characters or more',
  complete: 'blobs',
} as const;

/** Its full id, whether it is there or was removed. Throws `blobs/bad-cid`, `blobs/unknown`, `blobs/ambiguous`. */
export async function namedCid(context: Context, text: string): Promise<Named> {
  const workspace = await context.openRepository();
  const cid = await resolveBlobCid(workspace.repository.backend, text, { signal: context.signal });
  return { workspace, cid };
}

/** Throws as `namedCid` and `openBlob`. */
export async function namedBlob(context: Context, text: string): Promise<Named & { readonly blob: Blob }> {
  const named = await namedCid(context, text);
  return { ...named, blob: await openBlob(named.workspace.repository.backend, named.cid) };
}
