/** From what a person writes down to the store that is meant. */
import { fileURLToPath } from 'node:url';
import type { ChunkStore } from '../chunk-store.js';
import { chunkError } from '../errors.js';
import { DirectoryChunkStore } from './directory-store.js';
import { HttpChunkStore } from './http-store.js';
import { S3ChunkStore } from './s3-store.js';

export interface OpenStoreOptions {
  /** Where secrets are: `GATOS_BLOB_TOKEN`; `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`, `AWS_REGION`, `AWS_ENDPOINT_URL_S3`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly fsync?: 'chunks' | 'none' | undefined;
}

/**
 * A path or `file:` for a folder; `https:` for a gatosd; `s3+https://HOST/BUCKET/PREFIX`, or `s3://BUCKET/PREFIX` for that of Amazon or of
 * `AWS_ENDPOINT_URL_S3`. Nothing is asked or made yet. Throws `chunks/bad-store`.
 */
export function openChunkStore(place: string, { env, fsync }: OpenStoreOptions): ChunkStore {
  const scheme = /^([a-z][a-z0-9+]+):/i.exec(place)?.[1]?.toLowerCase();
  switch (scheme) {
    case undefined:
      return new DirectoryChunkStore({ root: place, fsync });
    case 'file':
      return new DirectoryChunkStore({ root: pathOf(place), fsync });
    case 'http':
    case 'https':
      return new HttpChunkStore({ url: place, token: env.GATOS_BLOB_TOKEN });
    case 's3':
    case 's3+http':
    case 's3+https':
      return openS3(place, env);
    default:
      throw chunkError('bad-store', { place, why: `\`${scheme}:\` is not known` });
  }
}

function pathOf(place: string): string {
  try {
    return fileURLToPath(place);
  } catch (error) {
    throw chunkError('bad-store', { place, why: error instanceof Error ? error.message : 'it is no path' });
  }
}

function openS3(place: string, env: OpenStoreOptions['env']): ChunkStore {
  const bad = (why: string): never => {
    throw chunkError('bad-store', { place: place.replace(/\/\/[^/@]*@/, '//'), why });
  };
  const region = env.AWS_REGION ?? env.AWS_DEFAULT_REGION ?? 'us-east-1';
  const found = /^(s3|s3\+https?):\/\/([^?#]+)$/i.exec(place) ?? bad('write `s3+https://HOST/BUCKET/PREFIX`');
  const [, scheme = '', rest = ''] = found;
  const amazon = env.AWS_ENDPOINT_URL_S3 ?? env.AWS_ENDPOINT_URL ?? `https://s3.${region}.amazonaws.com`;
  const [host, ...path] = scheme.toLowerCase() === 's3' ? ['', ...rest.split('/')] : rest.split('/');
  const endpoint = host === '' ? amazon : `${scheme.slice(3).toLowerCase()}://${host}`;
  const [bucket = '', ...folders] = path;
  const folder = folders.filter((part) => part !== '').join('/');
  const {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = env;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    return bad('`AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` are not set');
  }
  const prefix = folder === '' ? '' : `${folder}/`;
  return new S3ChunkStore({ endpoint, bucket, prefix, region, accessKeyId, secretAccessKey, sessionToken });
}
