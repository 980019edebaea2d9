/** Messages of the ssh-agent protocol (draft-ietf-sshm-ssh-agent), the four that signing takes. No input or output happens here. */

import { decodeSshKey, encodeSshKey, SIGNATURE_BYTES } from '../../src/identity/index.js';
import { concatBytes, LIMITS } from '../../src/kernel/index.js';
import { encodeUint32, encodeWireString, type WireFault, WireReader } from './ssh-wire.js';

const FAILURE = 5;
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;
/** SSH2_AGENT_FAILURE and SSH_COM_AGENT2_FAILURE, which some agents still send. */
const FAILURES: ReadonlySet<number> = new Set([FAILURE, 30, 102]);

export const LENGTH_BYTES = 4;

/** Bytes of a sign request around its data: type, key with length, length of the data, flags. */
const SIGN_OVERHEAD = 1 + 4 + 51 + 4 + 4;

/** The longest message that an agent signs. */
export const AGENT_SIGN_BYTES = LIMITS.agentMessageBytes - SIGN_OVERHEAD;

export interface AgentIdentity {
  /** 32-byte public key. */
  readonly key: Uint8Array;
}

function frame(...parts: readonly Uint8Array[]): Uint8Array {
  return encodeWireString(concatBytes(parts));
}

export function encodeListRequest(): Uint8Array {
  return frame(new Uint8Array([REQUEST_IDENTITIES]));
}

/** Asks for a signature of exactly these bytes; flags matter for RSA only. */
export function encodeSignRequest({ key, message }: { key: Uint8Array; message: Uint8Array }): Uint8Array {
  const blob = encodeWireString(encodeSshKey(key));
  return frame(new Uint8Array([SIGN_REQUEST]), blob, encodeWireString(message), encodeUint32(0));
}

/** The body of a reply, or null when the agent answered with a failure. `body` is what follows the length. */
function readBody(body: Uint8Array, { type, fault }: { type: number; fault: WireFault }): WireReader | null {
  const reader = new WireReader(body, fault);
  const got = reader.byte('the reply');
  if (FAILURES.has(got)) return null;
  if (got !== type) throw fault(`its type is ${got}, not ${type}`);
  return reader;
}

/** The Ed25519 identities of a reply, others left out; null when the agent refused. */
export function decodeIdentities(body: Uint8Array, fault: WireFault): readonly AgentIdentity[] | null {
  const reader = readBody(body, { type: IDENTITIES_ANSWER, fault });
  if (reader === null) return null;
  const count = reader.uint32('the number of keys');
  if (count > LIMITS.agentKeys) throw fault(`it lists more than ${LIMITS.agentKeys} keys`);
  const identities: AgentIdentity[] = [];
  for (let i = 0; i < count; i++) {
    const key = decodeSshKey(reader.string('a key'));
    reader.string('a comment');
    if (key !== null) identities.push({ key });
  }
  reader.end('the list of keys');
  return identities;
}

/** The 64 bytes of the signature of a reply; null when the agent refused. */
export function decodeSignature(body: Uint8Array, fault: WireFault): Uint8Array | null {
  const reader = readBody(body, { type: SIGN_RESPONSE, fault });
  if (reader === null) return null;
  const inner = new WireReader(reader.string('the signature'), fault);
  reader.end('the reply');
  const algorithm = inner.name('the algorithm');
  if (algorithm !== 'ssh-ed25519') throw fault(`its algorithm is \`${algorithm}\``);
  const signature = inner.string('the signature value');
  inner.end('the signature');
  if (signature.length !== SIGNATURE_BYTES) throw fault('the signature does not have 64 bytes');
  return new Uint8Array(signature);
}
