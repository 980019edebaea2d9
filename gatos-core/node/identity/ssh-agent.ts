/**
 * A client of ssh-agent over its Unix socket. Each question opens a connection of its own, so nothing stays open between two
 * signatures, and every wait has an end.
 */
import type { Socket } from 'node:net';
import { formatFingerprint, identityError, type SignatureEngine, type Signer } from '../../src/identity/index.js';
import { bytesEqual, LIMITS } from '../../src/kernel/index.js';
import {
  AGENT_SIGN_BYTES,
  type AgentIdentity,
  decodeIdentities,
  decodeSignature,
  encodeListRequest,
  encodeSignRequest,
  LENGTH_BYTES,
} from './agent-protocol.js';
import type { WireFault } from './ssh-wire.js';

/** Milliseconds to wait for an answer. A signature may wait for a person who confirms it (`ssh-add -c`). */
export interface AgentPatience {
  readonly list: number;
  readonly sign: number;
}

const PATIENCE: AgentPatience = { list: 5_000, sign: 120_000 };

export interface AgentOptions {
  /** Path of the socket, from SSH_AUTH_SOCK. */
  readonly socket: string;
  readonly patience?: AgentPatience | undefined;
}

/** Ed25519 identities that the agent holds. Throws `identity/agent-*`. */
export async function listAgentKeys({ socket, patience = PATIENCE }: AgentOptions): Promise<readonly AgentIdentity[]> {
  const body = await ask({ socket, request: encodeListRequest(), milliseconds: patience.list });
  const identities = decodeIdentities(body, replyFault(socket));
  if (identities === null) throw identityError('agent-refused', { socket, operation: 'list its keys' });
  return identities;
}

export interface AgentSignerOptions extends AgentOptions {
  /** 32-byte public key. */
  readonly key: Uint8Array;
}

/** A signer for a key that the agent holds. Throws `identity/agent-no-key` when it does not, and `identity/agent-*`. */
export async function agentSigner({ key, socket, patience = PATIENCE }: AgentSignerOptions): Promise<Signer> {
  const identities = await listAgentKeys({ socket, patience });
  if (!identities.some((identity) => bytesEqual(identity.key, key))) {
    throw identityError('agent-no-key', { socket, fingerprint: formatFingerprint(key) });
  }
  const { nativeEngine } = await import('./native-engine.js');
  const engine = nativeEngine();
  return {
    key,
    source: `ssh-agent ${formatFingerprint(key)}`,
    maxMessageBytes: AGENT_SIGN_BYTES,
    sign: (message) => signWithAgent({ key, socket, patience, engine }, message),
  };
}

interface AgentKey {
  readonly key: Uint8Array;
  readonly socket: string;
  readonly patience: AgentPatience;
  readonly engine: SignatureEngine;
}

async function signWithAgent({ key, socket, patience, engine }: AgentKey, message: Uint8Array): Promise<Uint8Array> {
  if (message.length > AGENT_SIGN_BYTES)
    throw identityError('agent-too-large', { bytes: message.length, limit: AGENT_SIGN_BYTES });
  const body = await ask({ socket, request: encodeSignRequest({ key, message }), milliseconds: patience.sign });
  const signature = decodeSignature(body, replyFault(socket));
  if (signature === null) throw identityError('agent-refused', { socket, operation: 'sign' });
  // The agent is another program: what it returns goes into history only if it verifies by our rule.
  if (!engine.verify({ key, message, signature }))
    throw identityError('bad-signature', { source: `ssh-agent at ${socket}` });
  return signature;
}

function replyFault(socket: string): WireFault {
  return (why) => identityError('agent-reply', { socket, why });
}

interface Question {
  readonly socket: string;
  readonly request: Uint8Array;
  readonly milliseconds: number;
}

/** Sends one framed request and resolves to the body of the one reply. */
async function ask({ socket, request, milliseconds }: Question): Promise<Uint8Array> {
  const { connect } = await import('node:net');
  return new Promise((resolve, reject) => {
    const connection = connect(socket);
    const reply = new ReplyBuffer(replyFault(socket));
    const timer = setTimeout(
      () => fail(unavailable(socket, `no answer within ${milliseconds / 1000} s`)),
      milliseconds,
    );
    const close = (): void => {
      clearTimeout(timer);
      connection.destroy();
    };
    const fail = (error: Error): void => {
      close();
      reject(error);
    };
    connection.on('connect', () => connection.write(request));
    connection.on('error', (error) => fail(unavailable(socket, reasonOf(error))));
    connection.on('close', () => fail(unavailable(socket, 'it closed the connection without an answer')));
    const done = (body: Uint8Array): void => {
      close();
      resolve(body);
    };
    readReply(connection, { reply, done, fail });
  });
}

interface ReplyHandlers {
  readonly reply: ReplyBuffer;
  readonly done: (body: Uint8Array) => void;
  readonly fail: (error: Error) => void;
}

function readReply(connection: Socket, { reply, done, fail }: ReplyHandlers): void {
  connection.on('data', (chunk) => {
    try {
      const body = reply.add(chunk);
      if (body !== null) done(body);
    } catch (error) {
      fail(error as Error);
    }
  });
}

function unavailable(socket: string, why: string): Error {
  return identityError('agent-unavailable', { socket, why });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such socket',
  ECONNREFUSED: 'no agent listens there',
  EACCES: 'no permission',
  ENOTSOCK: 'it is not a socket',
};

function reasonOf(error: Error): string {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
  return REASONS[code] ?? `system error ${code}`;
}

/** Collects the chunks of one reply. The stated length is checked before room is made for it. */
export class ReplyBuffer {
  readonly #header = new Uint8Array(LENGTH_BYTES);
  #body: Uint8Array | null = null;
  #held = 0;

  constructor(private readonly fault: WireFault) {}

  /** The body, once it is complete. */
  add(chunk: Uint8Array): Uint8Array | null {
    const head = chunk.subarray(0, Math.max(0, LENGTH_BYTES - this.#held));
    this.#header.set(head, Math.min(this.#held, LENGTH_BYTES - head.length));
    const rest = chunk.subarray(head.length);
    const at = this.#held + head.length - LENGTH_BYTES;
    this.#held += chunk.length;
    if (this.#held < LENGTH_BYTES) return null;
    const body = this.#body ?? this.#allocate();
    if (at + rest.length > body.length) throw this.fault('it is longer than it states');
    body.set(rest, at);
    return at + rest.length === body.length ? body : null;
  }

  #allocate(): Uint8Array {
    const length = new DataView(this.#header.buffer).getUint32(0);
    if (length === 0 || length > LIMITS.agentMessageBytes) throw this.fault('its length is out of bounds');
    this.#body = new Uint8Array(length);
    return this.#body;
  }
}
