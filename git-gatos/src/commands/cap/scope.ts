/**
 * How far a capability goes, as it is typed. Which limits a kind takes, and which of them it needs, is read from the table of its
 * fields; the options here only say how each of them is written.
 */
import { parseDigest, parseHex, type Repository, readTool, utf8 } from 'gatos-core';
import {
  type Scope as CapabilityScope,
  SCOPE_KIND,
  SCOPE_STRUCTS,
  type ScopeKind,
  type ScopeName,
} from 'gatos-core/mythos';
import { cliError } from '../../errors.js';
import { parseDuration } from '../../view/duration.js';
import { parseSize } from '../../view/size.js';
import { capError } from './errors.js';

const HEX = /^[0-9a-f]{64}$/;

/** 64 hexadecimal digits, or `sha256:` and those. */
export function parseId(text: string): Uint8Array {
  if (HEX.test(text)) return parseHex(text);
  if (text.startsWith('sha256:')) return parseDigest(text);
  throw new Error('an id has 64 hexadecimal digits');
}

const DECIMAL = /^(0|[1-9]\d{0,19})$/;
const U64_MAX = 2n ** 64n - 1n;
const U32_MAX = 2 ** 32 - 1;

function parseU64(text: string): bigint {
  if (text === 'unlimited') return U64_MAX;
  if (DECIMAL.test(text) && BigInt(text) <= U64_MAX) return BigInt(text);
  throw new Error('it takes a whole number, or `unlimited`');
}

function parseU32(text: string): number {
  if (text === 'unlimited') return U32_MAX;
  if (DECIMAL.test(text) && Number(text) < U32_MAX) return Number(text);
  throw new Error(`it takes a whole number below ${U32_MAX}, or \`unlimited\``);
}

function parseBytes(text: string): bigint {
  const size = parseSize(text);
  return size === undefined ? parseU64(text) : BigInt(size);
}

function parseLength(text: string): bigint {
  const micros = parseDuration(text);
  if (micros !== undefined) return BigInt(micros);
  throw new Error('it takes a length such as 12h, 7d or 2w');
}

interface Range {
  readonly start: bigint;
  readonly len: bigint | undefined;
}

function parseRange(text: string): Range {
  const [, first, last] = /^(\d{1,19})\.\.(\d{0,19})$/.exec(text) ?? [];
  if (first === undefined || last === undefined)
    throw new Error('it takes a range such as 0..100, or 100.. to the end');
  const [start, end] = [BigInt(first), last === '' ? undefined : BigInt(last)];
  if (end !== undefined && end < start) throw new Error('the end of a range is not before its start');
  return { start, len: end === undefined ? undefined : end - start };
}

const id = (summary: string) => ({ kind: 'parsed', parse: parseId, placeholder: 'ID', summary }) as const;

/** What it is for: one of them, each of a kind. */
export const TARGET_OPTIONS = {
  tool: { kind: 'text', placeholder: 'NAME', summary: 'call this tool; its name, or its id', complete: 'tools' },
  blob: { ...id('read this blob'), complete: 'blobs' },
  blobWrite: { kind: 'text', placeholder: 'NAMESPACE', summary: 'write blobs in this namespace' },
  blobPin: { ...id('pin this blob'), complete: 'blobs' },
  blobDelete: { ...id('remove this blob'), complete: 'blobs' },
  train: id('train by this recipe'),
  eval: id('run this evaluation suite'),
  deploy: { kind: 'int', min: 0, max: 255, placeholder: 'RING', summary: 'promote to this ring' },
  compute: id('start workers in this pool'),
  cellRead: id('read this cell'),
  cellWrite: id('write to this cell'),
} as const;

const count = (summary: string) => ({ kind: 'parsed', parse: parseU32, placeholder: 'N', summary }) as const;
const amount = (summary: string) => ({ kind: 'parsed', parse: parseU64, placeholder: 'N', summary }) as const;

/** How far. */
export const LIMIT_OPTIONS = {
  maxCalls: count('so many calls, or `unlimited`'),
  constraint: {
    kind: 'list',
    of: 'text',
    placeholder: 'PATH=VALUE',
    summary: 'the request has to say this: body.path=/data/a.csv, or a beginning: body.path=/data/*',
  },
  range: { kind: 'parsed', parse: parseRange, placeholder: 'A..B', summary: 'bytes from A on, up to and without B' },
  maxSize: {
    kind: 'parsed',
    parse: parseBytes,
    placeholder: 'SIZE',
    summary: 'blobs of at most this size, such as 10M',
  },
  media: { kind: 'list', of: 'text', placeholder: 'TYPE', summary: 'media types: text/csv, image/*, or */* for any' },
  ttl: {
    kind: 'parsed',
    parse: parseLength,
    placeholder: 'LENGTH',
    summary: 'pins of at most this length, such as 30d',
  },
  maxJobs: count('so many training runs'),
  maxTokens: amount('so many tokens in all'),
  maxGpuMs: amount('so many milliseconds of GPU time in all'),
  maxRuns: count('so many evaluations'),
  policy: id('under this policy'),
  maxWorkers: count('so many workers'),
  maxCpuUs: amount('so many microseconds of processor time'),
  maxIo: count('so many effects'),
  prefix: { kind: 'text', placeholder: 'TEXT', summary: 'keys that begin like this' },
  maxEvents: count('so many events'),
  eventType: { kind: 'list', of: 'int', placeholder: 'N', summary: 'events of this type' },
} as const;

/** Which field of a scope an option gives. */
const FIELD_OF: Readonly<Record<keyof typeof LIMIT_OPTIONS, string>> = {
  maxCalls: 'max_calls',
  constraint: 'constraints',
  range: 'range_start',
  maxSize: 'max_size',
  media: 'media_allow',
  ttl: 'ttl_us',
  maxJobs: 'max_jobs',
  maxTokens: 'max_tokens',
  maxGpuMs: 'max_gpu_ms',
  maxRuns: 'max_runs',
  policy: 'policy_id',
  maxWorkers: 'max_workers',
  maxCpuUs: 'max_cpu_us',
  maxIo: 'max_io',
  prefix: 'key_prefix',
  maxEvents: 'max_events',
  eventType: 'event_type_allow',
};

/** The kind of each target, and the field that it gives. */
const TARGETS: Readonly<Record<keyof typeof TARGET_OPTIONS, readonly [ScopeName, string]>> = {
  tool: ['ToolCall', 'tool_id'],
  blob: ['BlobRead', 'cid'],
  blobWrite: ['BlobWrite', 'namespace'],
  blobPin: ['BlobPin', 'cid'],
  blobDelete: ['BlobDelete', 'cid'],
  train: ['TrainRun', 'recipe_id'],
  eval: ['EvalRun', 'suite_id'],
  deploy: ['DeployPromote', 'ring_id'],
  compute: ['ComputeSpawn', 'pool_id'],
  cellRead: ['CellRead', 'cell_id'],
  cellWrite: ['CellWrite', 'cell_id'],
};

export type Given = Readonly<Record<string, unknown>>;
type Fields = Readonly<Record<string, unknown>>;

const optionName = (key: string): string => `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** An option that was given: empty lists were not. */
function wasGiven(value: unknown): boolean {
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}

/** The scope of a new root. Throws `cap/*`, `cli/together`, `tools/*`. */
export async function scopeOfArguments(
  repository: Pick<Repository, 'backend'>,
  given: Given,
): Promise<CapabilityScope> {
  const [first, second] = Object.keys(TARGETS).filter((key) => wasGiven(given[key])) as (keyof typeof TARGETS)[];
  if (first === undefined) throw capError('no-target', { targets: Object.keys(TARGETS).map(optionName) });
  if (second !== undefined) throw cliError('together', { first: optionName(first), second: optionName(second) });
  const [name, field] = TARGETS[first];
  const value = first === 'tool' ? await toolId(repository, String(given.tool)) : given[first];
  return completed(name, { [field]: value }, given);
}

/** A part of a scope: what is not said stays as it is. Throws `cap/foreign-limit`. */
export function narrowed({ kind, scope }: CapabilityScope, name: ScopeName, given: Given): CapabilityScope {
  const added = given.constraint as readonly string[] | undefined;
  const before = kind === 5 ? scope.constraints : undefined;
  const { unknown: _, ...known } = scope as Fields;
  const part = completed(name, known, given) as { kind: ScopeKind; scope: Fields };
  // Constraints come on top of those that are there.
  if (added === undefined || added.length === 0 || before === undefined) return part as CapabilityScope;
  const both = { ...before, ...(part.scope.constraints as Readonly<Record<string, string>>) };
  return { kind, scope: { ...part.scope, constraints: both } } as CapabilityScope;
}

function completed(name: ScopeName, base: Fields, given: Given): CapabilityScope {
  const kind = SCOPE_KIND[name];
  const { members } = SCOPE_STRUCTS[kind];
  const takes = (Object.keys(FIELD_OF) as (keyof typeof FIELD_OF)[]).filter((key) =>
    members.some((member) => member.name === FIELD_OF[key]),
  );
  const odd = Object.keys(FIELD_OF).find((key) => wasGiven(given[key]) && !(takes as string[]).includes(key));
  const options = takes.map(optionName);
  if (odd !== undefined) throw capError('foreign-limit', { kind: name, option: optionName(odd), options });
  const scope = { ...base, ...limitsOf(given) };
  const missing = takes.filter((key) => {
    const member = members.find((each) => each.name === FIELD_OF[key]);
    return member?.optional === false && scope[FIELD_OF[key]] === undefined;
  });
  if (missing.length > 0) throw capError('missing-limit', { kind: name, options: missing.map(optionName) });
  return { kind, scope } as unknown as CapabilityScope;
}

function limitsOf(given: Given): Fields {
  const out: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(FIELD_OF)) {
    const value = given[key];
    if (!wasGiven(value)) continue;
    if (key === 'range') Object.assign(out, rangeFields(value as Range));
    else if (key === 'constraint') out[field] = constraintsOf(value as readonly string[]);
    else if (key === 'prefix') out[field] = utf8(String(value));
    else out[field] = value;
  }
  return out;
}

function rangeFields({ start, len }: Range): Fields {
  return { range_start: start, range_len: len };
}

function constraintsOf(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const at = text.indexOf('=');
      const want = 'it takes PATH=VALUE, such as body.path=/data/*';
      if (at < 1 || !/^body(\.|$)/.test(text.slice(0, at)))
        throw cliError('bad-value', { command: 'git gatos cap', name: '--constraint', value: text, want });
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

/** By its name, or its id. Throws `tools/no-such-tool`. */
export async function toolId({ backend }: Pick<Repository, 'backend'>, text: string): Promise<Uint8Array> {
  if (HEX.test(text) || text.startsWith('sha256:')) return parseId(text);
  return (await readTool(backend, text)).id;
}
