/** One vector while it is checked: its files, what it expects, and what was found. */
import { sha256 } from '#hash';
import { formatHex, formatJson, type JsonValue, parseHex, parseJson } from '../../codec/index.js';
import type { SignatureEngine } from '../../identity/index.js';
import { bytesEqual, type Check, failed, fromUtf8, GatosError, LIMITS, passed } from '../../kernel/index.js';
import type { ZstdCodec } from '../packets/zstd.js';
import { packError } from './errors.js';
import type { PackSource, PackVector } from './manifest.js';

/** What checking takes from the outside. */
export interface PackPorts {
  readonly source: PackSource;
  readonly engine: SignatureEngine;
  readonly zstd?: ZstdCodec | undefined;
}

/** The id of the public key that a pack signs with, when it has one. */
const PUBLIC_KEY = 'keys/ed25519_test_public.hex';

export class VectorCase {
  readonly vector: PackVector;
  readonly ports: PackPorts;
  readonly checks: Check[] = [];
  readonly remarks: string[] = [];
  readonly #files = new Map<string, Uint8Array>();
  /** Bytes of these. */
  #size = 0;

  constructor(vector: PackVector, ports: PackPorts) {
    this.vector = vector;
    this.ports = ports;
  }

  /** Where the vector departs from the specification, or what it leaves open: it passes all the same, and says so. */
  remark(text: string): void {
    if (!this.remarks.includes(text)) this.remarks.push(text);
  }

  has(role: string): boolean {
    return this.vector.files[role] !== undefined;
  }

  /** The path of a file by its role. */
  path(role: string): string {
    const path = this.vector.files[role];
    if (path === undefined) throw packError('unknown', { why: `the vector names no file for \`${role}\`` });
    return path;
  }

  /** The bytes of a file. Throws `pack/file`. */
  async bytes(role: string): Promise<Uint8Array> {
    const path = this.path(role);
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    const bytes = await this.ports.source.read(path);
    if (bytes === undefined) throw packError('file', { path });
    this.#size += bytes.length;
    if (this.#size > LIMITS.packVectorBytes)
      throw packError('too-large', { vector: this.vector.id, limit: LIMITS.packVectorBytes });
    this.#files.set(path, bytes);
    return bytes;
  }

  /** A file of JSON as an object. Throws `pack/file`, `pack/unreadable-json`. */
  async json(role: string): Promise<Readonly<Record<string, JsonValue>>> {
    const bytes = await this.bytes(role);
    const value = this.readable(role, () => parseJson(bytes));
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw packError('unreadable-json', { file: this.path(role), why: 'it is no object' });
    return value as Readonly<Record<string, JsonValue>>;
  }

  /** A file that holds one value in hexadecimal. Throws `pack/file`, `pack/unreadable-json`. */
  async hex(role: string): Promise<Uint8Array> {
    const bytes = await this.bytes(role);
    return this.readable(role, () => parseHex(fromUtf8(bytes).trim()));
  }

  readable<T>(role: string, body: () => T): T {
    return readable(this.path(role), body);
  }

  /** The public key of the pack, when it has one. */
  async publicKey(): Promise<Uint8Array | undefined> {
    const bytes = await this.ports.source.read(PUBLIC_KEY);
    return bytes === undefined ? undefined : readable(PUBLIC_KEY, () => parseHex(fromUtf8(bytes).trim()));
  }

  /** Looks at the digest beside each binary file, before anything else is looked at. */
  async checkDigests(): Promise<void> {
    for (const [role, path] of Object.entries(this.vector.files)) {
      if (!path.endsWith('.bin')) continue;
      const bytes = await this.bytes(role);
      const beside = await this.ports.source.read(`${path}.sha256`);
      const found = formatHex(sha256(bytes));
      if (beside === undefined) {
        this.remark(`no digest stands beside \`${path}\``);
        continue;
      }
      const stated = new TextDecoder('utf-8', {}).decode(beside).trim().split(/\s/)[0] ?? '';
      this.hold('digest', path, stated === found, `SHA-256 ${found}`, () =>
        packError('digest', { file: path, stated, found }),
      );
    }
  }

  /** Adds a check that passed: what failed instead would have been thrown. */
  pass(name: string, subject: string, detail: string): void {
    this.checks.push(passed(name, subject, detail));
  }

  /** Adds a check. */
  hold(name: string, subject: string, holds: boolean, detail: string, fault: () => GatosError): void {
    this.checks.push(holds ? passed(name, subject, detail) : failed(name, subject, fault()));
  }

  /** The bytes of a file are those that were made anew: else the first byte that differs is named. */
  sameBytes(role: string, found: Uint8Array, made: Uint8Array): void {
    const file = this.path(role);
    const offset = firstDifference(found, made);
    this.hold('bytes', file, offset === undefined, `${made.length} bytes, made anew`, () =>
      packError('bytes', {
        file,
        offset: offset as number,
        found: byteName(found[offset as number]),
        wanted: byteName(made[offset as number]),
      }),
    );
  }

  /** A value in a file or in the manifest is the one that was computed. */
  same(what: string, where: string, found: JsonValue | Uint8Array | undefined, wanted: JsonValue | Uint8Array): void {
    const left = valueName(found);
    const right = valueName(wanted);
    this.hold(what, where, left === right, right, () =>
      packError('value', { what: `\`${what}\``, where, found: left, wanted: right }),
    );
  }

  /** A value that the manifest expects is the one that was computed; one that it does not mention is not held against anything. */
  expected(what: string, wanted: JsonValue | Uint8Array): void {
    const found = this.vector.expected[what];
    if (found !== undefined) this.same(what, 'manifest.json', found, wanted);
  }
}

function readable<T>(file: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    const isText = error instanceof GatosError || error instanceof TypeError;
    if (isText) throw packError('unreadable-json', { file, why: error.message });
    throw error;
  }
}

function valueName(value: JsonValue | Uint8Array | undefined): string {
  if (value === undefined) return 'missing';
  if (value instanceof Uint8Array) return formatHex(value);
  return typeof value === 'string' ? value : formatJson(value as JsonValue, { sorted: true });
}

function byteName(byte: number | undefined): string {
  return byte === undefined ? 'missing' : `0x${byte.toString(16).padStart(2, '0')}`;
}

/** Offset of the first byte in which two differ; undefined when they are equal. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number | undefined {
  if (bytesEqual(a, b)) return undefined;
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  return at;
}
