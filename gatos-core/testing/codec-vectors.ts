/** Runs the golden vectors of `conformance/vectors/codec` against the codec: each in both directions where it has two. */
import {
  Cid,
  decode,
  encode,
  formatBase32,
  formatBase64url,
  formatDigest,
  formatHex,
  formatJson,
  formatKey,
  formatSignature,
  formatTime,
  formatUlid,
  type JsonValue,
  parseBase32,
  parseBase64url,
  parseDigest,
  parseHex,
  parseJson,
  parseKey,
  parseSignature,
  parseTime,
  parseUlid,
  scan,
  setEntry,
  toJsonText,
  type Value,
} from '../src/codec/index.js';
import { isGatosError } from '../src/kernel/index.js';
import type { Vector, VectorMismatch } from './vector.js';

/** A value as its DAG-JSON says it: `{"/": "bafy…"}` is a link, `{"/": {"bytes": "<base64>"}}` bytes. */
export function fromDagJson(json: unknown): Value {
  if (Array.isArray(json)) return json.map(fromDagJson);
  if (typeof json !== 'object' || json === null) return json as Value;
  const special = (json as { '/'?: string | { bytes: string } })['/'];
  if (typeof special === 'string') return Cid.parse(special);
  if (special !== undefined) return parseBase64url(special.bytes.replaceAll('+', '-').replaceAll('/', '_'));
  const out: Record<string, Value> = {};
  for (const [key, entry] of Object.entries(json)) setEntry(out, key, fromDagJson(entry));
  return out;
}

/** Are two values of the data model equal? Written without the codec, so that it can judge the codec. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (a instanceof Cid && b instanceof Cid) return a.toString() === b.toString();
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => {
    const [left, right] = [a, b].map((side) => Object.getOwnPropertyDescriptor(side, key));
    return left !== undefined && right !== undefined && sameValue(left.value, right.value);
  });
}

type Run = (input: never) => unknown;

function scanVerdict(bytes: Uint8Array): string {
  try {
    const end = scan(bytes, 0);
    if (end > bytes.length) return 'reads past the end';
    return end === bytes.length ? 'accepted' : 'more follows';
  } catch (error) {
    if (isGatosError(error)) return error.code;
    throw error;
  }
}

function runDagCbor(hex: string): unknown {
  const bytes = parseHex(hex);
  const scanned = scanVerdict(bytes);
  let value: Value;
  try {
    value = decode(bytes);
  } catch (error) {
    // `scan` leaves what follows the value to its caller; otherwise both refuse for the same reason.
    if (!isGatosError(error) || scanned === error.code || scanned === 'more follows') throw error;
    return `scan says ${scanned}, decode ${error.code}`;
  }
  if (scanned !== 'accepted') return `scan says ${scanned}`;
  const again = formatHex(encode(value));
  return again === hex ? value : `encodes as ${again}`;
}

function runCid(input: { codec: 'raw' | 'dag-cbor'; content: string } | { text: string }): unknown {
  if ('text' in input) return Cid.parse(input.text).toString();
  const cid = Cid.hash(input.codec, parseHex(input.content));
  const same = [Cid.parse(cid.toString()), Cid.decode(cid.bytes), Cid.of(input.codec, cid.digest)];
  if (!same.every((other) => other.equals(cid) && other.codec === input.codec)) return 'the forms disagree';
  return { text: cid.toString(), bytes: formatHex(cid.bytes), digest: formatHex(cid.digest) };
}

function runJson(input: { text: string } | { hex: string }): unknown {
  return formatHex(encode(parseJson('text' in input ? input.text : parseHex(input.hex))));
}

function runJsonText(input: { dagCbor: string; sorted?: boolean; indent?: number }): unknown {
  const bytes = parseHex(input.dagCbor);
  const transcoded = toJsonText(bytes);
  const value = decode(bytes) as JsonValue;
  const text = formatJson(value, input);
  const hasLayout = input.sorted !== undefined || input.indent !== undefined;
  if (!hasLayout && transcoded !== text) return `transcoded as ${transcoded}`;
  const readBack = [transcoded, text].every((each) => sameValue(parseJson(each, { integers: 'printed' }), value));
  return readBack ? text : 'the text says another value';
}

/** A runner for text forms of bytes: parsing, and formatting back. */
function bytesForm(parse: (text: string) => Uint8Array, format: (bytes: Uint8Array) => string): Run {
  return (text: string) => {
    const bytes = parse(text);
    return format(bytes) === text ? formatHex(bytes) : `formats as ${format(bytes)}`;
  };
}

const RUNS: Readonly<Record<string, Run>> = {
  'dag-cbor': runDagCbor,
  cid: runCid,
  json: runJson,
  'json-text': runJsonText,
  hex: bytesForm(parseHex, formatHex),
  base32: bytesForm(parseBase32, formatBase32),
  base64url: bytesForm(parseBase64url, formatBase64url),
  digest: bytesForm(parseDigest, formatDigest),
  key: bytesForm(parseKey, formatKey),
  signature: bytesForm(parseSignature, formatSignature),
  time: (text: string) => {
    const micros = parseTime(text);
    return formatTime(micros) === text ? micros : `formats as ${formatTime(micros)}`;
  },
  ulid: (text: string) => {
    const ulid = parseUlid(text);
    return formatUlid(ulid) === text ? { timeMs: ulid.timeMs, random: formatHex(ulid.random) } : 'formats otherwise';
  },
};

/** Areas that `checkCodecVector` knows. */
export const CODEC_AREAS: readonly string[] = Object.keys(RUNS);

/** Runs one vector of an area. Returns how the codec departs from it, or undefined when it does not. */
export function checkCodecVector(area: string, vector: Vector): VectorMismatch {
  const run = RUNS[area];
  if (run === undefined) return `no runner for the area ${area}`;
  let got: unknown;
  try {
    got = run(vector.input as never);
  } catch (error) {
    if (!isGatosError(error)) throw error;
    return error.code === vector.wantError ? undefined : `refused as ${error.code}: ${error.message}`;
  }
  if (vector.wantError !== undefined) return `accepted, wanted ${vector.wantError}`;
  return sameValue(got, fromDagJson(vector.want)) ? undefined : `gave ${String(got)}`;
}
