/**
 * For tests: is a request signed as Signature Version 4 says? Written from the documentation ("Signature Calculations for the Authorization
 * Header", Amazon S3 API Reference) and not from any client; checked against the example there. Not exported.
 */
import { createHash, createHmac } from 'node:crypto';
import type { Seen } from './scratch-server.js';

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer => createHmac('sha256', key).update(data).digest();

/** Everything but the unreserved characters of RFC 3986 as `%XX`. */
const uriEscape = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);

/** What the server would compute; compare it with `signatureIn`. */
export function signatureOf({ method, url, headers }: Omit<Seen, 'body'>, secret: string): string {
  const authorization = headers.authorization ?? '';
  const scope = /Credential=[^/]+\/([^,]+)/.exec(authorization)?.[1] ?? '';
  const signed = /SignedHeaders=([^,]+)/.exec(authorization)?.[1]?.split(';') ?? [];
  const [path = '', query = ''] = url.split('?');
  const parameters = query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => part.split('=').map((text) => uriEscape(decodeURIComponent(text))))
    .map(([name = '', value = '']) => `${name}=${value}`)
    .sort();
  const canonical = [
    method,
    path
      .split('/')
      .map((part) => uriEscape(decodeURIComponent(part)))
      .join('/'),
    parameters.join('&'),
    ...signed.map(
      (name) =>
        `${name}:${String(headers[name] ?? '')
          .trim()
          .replaceAll(/ +/g, ' ')}`,
    ),
    '',
    signed.join(';'),
    headers['x-amz-content-sha256'],
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', headers['x-amz-date'], scope, sha256(canonical)].join('\n');
  const key = scope.split('/').reduce((last: string | Buffer, part) => hmac(last, part), `AWS4${secret}`);
  return hmac(key, toSign).toString('hex');
}

export function signatureIn(headers: Seen['headers']): string {
  return /Signature=([0-9a-f]{64})$/.exec(headers.authorization ?? '')?.[1] ?? 'none';
}
