/** JSON by itself: signed envelopes of DSSE, tool manifests, receipts, crates; anything else by its values. */
import {
  type Check,
  checkToolManifest,
  decodeEnvelope,
  ENVELOPE_TYPE,
  failed,
  formatHex,
  formatJson,
  GatosError,
  identityError,
  isGatosError,
  type JsonValue,
  LIMITS,
  nobleEngine,
  pae,
  parseDsse,
  parseJson,
  parseKey,
  parseReceipt,
  passed,
  toolId,
  type Value,
  verifyReceipt,
} from 'gatos-core';
import { explainEnvelope } from './cbor.js';
import type { Explained, ExplainedField } from './explained.js';
import { leavesOf } from './values.js';

type Members = Readonly<Record<string, JsonValue>>;

/** Throws as `parseJson` for what is no JSON. */
export async function explainJson(bytes: Uint8Array): Promise<Explained> {
  const value = parseJson(bytes, { maxBytes: LIMITS.blobBytes });
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return plain(value);
  const map = value as Members;
  if ('payloadType' in map && 'signatures' in map) return explainDsse(new TextDecoder().decode(bytes), map);
  return tool(map) ?? known(map) ?? plain(map);
}

async function explainDsse(text: string, map: Members): Promise<Explained> {
  try {
    const { payloadType, payload, signatures } = parseDsse(text);
    const checks = signatures.map(({ keyid, sig }) => dsseCheck({ keyid, sig, message: pae(payloadType, payload) }));
    const inside = payloadType === ENVELOPE_TYPE ? [explainEnvelope(decodeEnvelope(payload), [])] : [];
    const receipt = await receiptChecks(text);
    return {
      what: receipt === null ? 'DSSE envelope' : 'reproduction receipt',
      does: receipt === null ? 'a payload and who signed it' : 'who ran an experiment again, and what came out',
      spec: receipt === null ? 'docs/SPEC.md 2.2' : 'docs/SPEC.md 2.7',
      fields: [
        { path: 'payloadType', value: payloadType, does: 'what the payload is' },
        { path: 'payload', value: `${payload.length} bytes`, does: 'what is signed' },
        ...signatures.map(({ keyid }, i) => ({
          path: `signatures[${i}].keyid`,
          value: keyid,
          does: 'which key signed',
        })),
      ],
      checks: receipt ?? checks,
      inside,
    };
  } catch (error) {
    if (!(error instanceof GatosError)) throw error;
    return { ...plain(map), checks: [failed('form', 'DSSE', error)] };
  }
}

async function receiptChecks(text: string): Promise<readonly Check[] | null> {
  try {
    parseReceipt(text);
    return (await verifyReceipt(text, { engine: nobleEngine() })).checks;
  } catch (error) {
    if (isGatosError(error)) return null;
    throw error;
  }
}

interface Signed {
  readonly keyid: string;
  readonly sig: Uint8Array;
  readonly message: Uint8Array;
}

function dsseCheck({ keyid, sig, message }: Signed): Check {
  try {
    const good = nobleEngine().verify({ key: parseKey(keyid), message, signature: sig });
    if (good) return passed('signature', keyid, 'it fits the payload');
    return failed('signature', keyid, identityError('dsse', { why: 'the signature does not fit the payload' }));
  } catch (error) {
    if (error instanceof GatosError) return failed('signature', keyid, error);
    throw error;
  }
}

function tool(map: Members): Explained | null {
  if (!('request' in map && 'response' in map && 'effect' in map && 'run' in map)) return null;
  try {
    const manifest = checkToolManifest(map);
    const id = formatHex(toolId(manifest));
    return {
      ...plain(map),
      what: 'tool manifest',
      does: 'a tool as it is declared: what it takes and gives, what it does, how it is run',
      spec: 'docs/SPEC.md 4.5',
      id,
      checks: [passed('form', manifest.name, 'it can be declared')],
    };
  } catch (error) {
    if (!(error instanceof GatosError)) throw error;
    return { ...plain(map), what: 'tool manifest', checks: [failed('form', 'manifest', error)] };
  }
}

/** Documents that tell what they are. */
const DOCUMENTS: readonly (readonly [members: readonly string[], what: string, does: string, spec: string])[] = [
  [['@context', '@graph'], 'RO-Crate metadata', 'an experiment as a research object', 'docs/exporter.md'],
  [['vectors', 'area'], 'golden vectors', 'inputs, and what every implementation makes of them', 'docs/SPEC.md 2.1'],
  [['spec', 'version', 'vectors'], 'manifest of a vector pack', 'the vectors of a pack', 'docs/SPEC.md 4.9'],
  [['mediaType', 'verificationMaterial'], 'Sigstore bundle', 'a statement with what verifies it', 'docs/exporter.md'],
  [['name', 'ns', 'version'], 'manifest of a fold', 'what a fold asks for', 'docs/SPEC.md 2.5'],
  [['experiment', 'pox'], 'experiment as data', 'what a command said of an experiment', 'docs/SPEC.md 2.7'],
];

function known(map: Members): Explained | null {
  const found = DOCUMENTS.find(([members]) => members.every((member) => member in map));
  if (found === undefined) return null;
  const [, what, does, spec] = found;
  return { ...plain(map), what, does, spec };
}

const SHOWN_LEAVES = 200;

function plain(value: JsonValue): Explained {
  const fields: ExplainedField[] = [];
  let left = 0;
  for (const leaf of leavesOf(value as Value, () => true)) {
    if (fields.length >= SHOWN_LEAVES) left += 1;
    else fields.push({ path: leaf.path, value: leafText(leaf.value), does: '' });
  }
  if (left > 0) fields.push({ path: '…', value: `${left} more`, does: 'not shown' });
  return { what: 'JSON', does: 'a document', spec: 'docs/SPEC.md 2.1', fields, checks: [] };
}

function leafText(value: Value): unknown {
  return typeof value === 'object' && value !== null ? formatJson(value as JsonValue) : value;
}
