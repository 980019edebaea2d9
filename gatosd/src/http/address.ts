/** Where to listen, and whether others than this machine can reach it. */
import { lookup } from 'node:dns/promises';
import { BlockList, isIPv6 } from 'node:net';
import { httpServerError } from './errors.js';

export interface ListenAddress {
  /** A name or an address, without brackets. */
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

export const DEFAULT_ADDRESS: ListenAddress = { host: '127.0.0.1', port: 8090 };

const MOST_PORT = 65_535;

/** `HOST:PORT`, `[::1]:PORT`, `HOST`, `:PORT`. Throws `http-server/bad-address`. */
export function parseListenAddress(text: string): ListenAddress {
  const refuse = (why: string) => httpServerError('bad-address', { text, why });
  const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]*))(?::([0-9]{1,5}))?$/.exec(text);
  if (found === null || text === '' || text === ':') throw refuse('it is not of the form `HOST:PORT`');
  const [, six, name = '', digits] = found;
  if (six !== undefined && !isIPv6(six)) throw refuse(`\`${six}\` is no IPv6 address`);
  const host = six ?? (name === '' ? DEFAULT_ADDRESS.host : name);
  const port = digits === undefined ? DEFAULT_ADDRESS.port : Number(digits);
  if (port > MOST_PORT) throw refuse(`a port is at most ${MOST_PORT}`);
  return { host, port };
}

/** As it stands in a URL. */
export function formatAddress({ host, port }: ListenAddress): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Can only this machine reach it? IPv4 addresses inside IPv6 ones count as what they are. */
export function isLoopback(address: string): boolean {
  return LOOPBACK.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** The address that a host stands for; what is listened on is that, so that no name changes its meaning meanwhile. Throws `http-server/bad-address`. */
export async function resolveHost(host: string): Promise<string> {
  try {
    return (await lookup(host)).address;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw httpServerError('bad-address', { text: host, why: `there is no such host (${code})` }, { cause: error });
  }
}
