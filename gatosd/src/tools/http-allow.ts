/** Where tools may be reached: the list in the settings, and the addresses that a name stands for. */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isPublic } from './http-address.js';
import type { ToolSettings } from './settings.js';

export interface CheckedAddress {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Gives all addresses of a name; tests give another than that of the system. */
export type Resolve = (host: string) => Promise<readonly CheckedAddress[]>;

export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));

const ENTRY = /^(?:https?:\/\/)?(?:[^\s/?#@\\:[\]]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?\/?$/;

/**
 * Names are compared as URLs have them: lower case, in ASCII, with the port that is meant. An entry with more than that, such as a path,
 * allows nothing: it would seem to allow less than it does.
 */
function originOf(entry: string): string | undefined {
  if (!ENTRY.test(entry)) return undefined;
  try {
    const { origin } = new URL(/^https?:\/\//.test(entry) ? entry : `https://${entry}`);
    return origin;
  } catch {
    // An entry that is no host allows nothing.
    return undefined;
  }
}

/** Why a tool may not be reached there, or undefined. */
export function originFault(url: URL, { httpAllow }: Pick<ToolSettings, 'httpAllow'>): string | undefined {
  if (httpAllow.some((entry) => originOf(entry) === url.origin)) return undefined;
  const wanted = url.protocol === 'https:' ? url.host : url.origin;
  return `\`${url.origin}\` is not allowed here; \`git config --add gatos.httpToolAllow ${wanted}\` allows it`;
}

/** A host as the resolver takes it: an IPv6 address without brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

/**
 * The addresses to connect to, all of them allowed, or in words why there are none. Whoever connects has to use these and ask nobody
 * again: the next answer may be another one (DNS rebinding).
 */
export async function addressesOf(
  host: string,
  { httpPrivate }: Pick<ToolSettings, 'httpPrivate'>,
  resolve: Resolve,
): Promise<readonly CheckedAddress[] | string> {
  let found: readonly CheckedAddress[];
  const family = isIP(host);
  try {
    found = family === 0 ? await resolve(host) : [{ address: host, family: family === 6 ? 6 : 4 }];
  } catch (error) {
    return `\`${host}\` has no address: ${(error as NodeJS.ErrnoException).code ?? String(error)}`;
  }
  if (found.length === 0) return `\`${host}\` has no address`;
  const inner = httpPrivate ? undefined : found.find(({ address }) => !isPublic(address));
  if (inner === undefined) return found;
  return `\`${host}\` is \`${inner.address}\`, which is no address of the public internet`;
}
