/**
 * Which addresses are of the public internet. Everything else is blocked: this machine, its networks, link-local addresses (where clouds
 * keep their metadata services), and what is translated into any of them.
 *
 * Sources: IANA special-purpose address registries (RFC 6890), IPv4 and IPv6.
 */
import { BlockList, isIPv4, isIPv6 } from 'node:net';

const V4_BLOCKED: readonly (readonly [network: string, prefix: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

/** Global unicast; what is outside of it is blocked as a whole: loopback, unique local, link-local, mapped IPv4, NAT64, multicast. */
const V6_GLOBAL = ['2000::', 3] as const;
const V6_BLOCKED: readonly (readonly [network: string, prefix: number])[] = [
  // Teredo, ORCHID, benchmarks and others.
  ['2001::', 23],
  ['2001:db8::', 32],
  // 6to4 holds an IPv4 address.
  ['2002::', 16],
  ['3fff::', 20],
];

const blocked4 = new BlockList();
for (const [network, prefix] of V4_BLOCKED) blocked4.addSubnet(network, prefix, 'ipv4');
const global6 = new BlockList();
global6.addSubnet(...V6_GLOBAL, 'ipv6');
const blocked6 = new BlockList();
for (const [network, prefix] of V6_BLOCKED) blocked6.addSubnet(network, prefix, 'ipv6');

/** Is this the address of a host on the public internet? False for what is no address. */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !blocked4.check(address, 'ipv4');
  return (
    isIPv6(address) && !address.includes('%') && global6.check(address, 'ipv6') && !blocked6.check(address, 'ipv6')
  );
}
