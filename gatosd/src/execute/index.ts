/**
 * Executing MYTHOS packets in a clone. Invariants: a packet of which nobody trusted here vouches does not run unless that is said;
 * a packet uses no capability that was not lent to it; tools are called through the gateway alone.
 */
export { type BuildPacketRequest, type BuiltPacket, buildPacket } from './build.js';
export { executeError } from './errors.js';
export {
  type CheckPacketOptions,
  checkPacket,
  type JudgedPacket,
  judgeSigners,
  type OpenedPacket,
  openPacket,
  type PacketTrust,
  packetReport,
  sealPacket,
  signerOf,
  type VerifyPacketRequest,
} from './packet.js';
export type { CalledEffect } from './ports.js';
export { type Executed, type ExecuteRequest, executeTask } from './run.js';
