/**
 * The manifest of a tool (`tool.json`): what it takes and gives, what its effects are, and how it is run.
 *
 * What stands in `run` and under which name a tool is declared is no part of its id (`tool-id.ts`).
 */
import { type Infer, type JsonValue, type Schema, s } from '../codec/index.js';
import { LIMITS } from '../kernel/index.js';
import { pathFault, pathsFault } from './module-path.js';
import { schemaFault } from './schema-check.js';
import { isMapOfJson } from './schema-keywords.js';

export const TOOL_NAME = /^[a-z][a-z0-9._-]{0,63}$/;
const LINE = /^[^\p{Cc}\u2028\u2029]*$/u;

/** What a call does to the world, from least to most: `external` reaches beyond this machine, `irreversible` cannot be undone. */
export const EFFECTS = ['read', 'write', 'external', 'irreversible'] as const;
export type Effect = (typeof EFFECTS)[number];

export const RUN_KINDS = ['builtin', 'process', 'wasm', 'http'] as const;
export type RunKind = (typeof RUN_KINDS)[number];

const RUN_LIMITS = s.struct({
  /** Wall-clock milliseconds of one call. */
  time_ms: s.optional(s.int({ min: 1, max: LIMITS.toolTimeMsMax })),
  memory_bytes: s.optional(s.int({ min: 1, max: LIMITS.toolMemoryBytesMax })),
  response_bytes: s.optional(s.int({ min: 1, max: LIMITS.toolResponseBytesMax })),
});

const COMMON = s.struct({
  name: s.text({
    maxBytes: LIMITS.nameBytes,
    pattern: TOOL_NAME,
    form: 'a name: a letter, then letters, digits, `.`, `_` and `-`, 64 at most, all lower case',
  }),
  does: s.text({ maxBytes: LIMITS.toolDoesBytes, minBytes: 1, pattern: LINE, form: 'one line of text' }),
  request: s.json,
  response: s.json,
  effect: s.oneOf(EFFECTS),
  /** May a call whose outcome is unknown be made again? */
  retry_safe: s.bool,
  /** Does the same request have the same answer for ever? */
  cacheable: s.bool,
  run: s.json,
  limits: s.optional(RUN_LIMITS),
});

const ARGUMENT = s.text({ maxBytes: LIMITS.toolArgumentBytes, pattern: /^[^\0]*$/, form: 'text without U+0000' });
const VARIABLE = s.text({
  maxBytes: LIMITS.nameBytes,
  pattern: /^[A-Za-z_][A-Za-z0-9_]*$/,
  form: 'the name of a variable',
});
const FILE = s.refine(s.text({ maxBytes: LIMITS.attachmentPathBytes }), pathFault);

const BUILTIN = s.struct({ kind: s.literal('builtin'), builtin: s.oneOf(['echo']) });

const PROCESS = s.struct({
  kind: s.literal('process'),
  /** The command and its arguments. A path with `./` is one of `files`; all are run in the folder that holds those. */
  argv: s.refine(s.list(ARGUMENT, { min: 1, max: LIMITS.toolArguments }), ([command]) =>
    command === '' ? 'has an empty command' : undefined,
  ),
  /** Files that travel with the declaration, relative to the manifest. */
  files: s.optional(s.refine(s.list(FILE, { max: LIMITS.toolFiles }), pathsFault)),
  /** Variables, beyond the fixed few that every tool has. */
  env: s.optional(s.record(VARIABLE, ARGUMENT, { max: LIMITS.toolVariables })),
  /** Names of variables of whoever runs the gateway that are handed on; their values are recorded nowhere. */
  pass: s.optional(s.list(VARIABLE, { max: LIMITS.toolVariables })),
  /** May it reach the network, where it is confined? */
  network: s.optional(s.bool),
});

const WASM = s.struct({ kind: s.literal('wasm'), module: FILE });

const HTTP = s.struct({ kind: s.literal('http'), url: s.refine(s.text({ maxBytes: LIMITS.toolUrlBytes }), urlFault) });

export type ToolRun = Infer<typeof BUILTIN> | Infer<typeof PROCESS> | Infer<typeof WASM> | Infer<typeof HTTP>;
export type ToolLimits = Infer<typeof RUN_LIMITS>;
export type ToolManifest = Omit<Infer<typeof COMMON>, 'run'> & { readonly run: ToolRun };

const RUNS: Readonly<Record<RunKind, Schema<ToolRun>>> = { builtin: BUILTIN, process: PROCESS, wasm: WASM, http: HTTP };

// Without the credentials that a URL may have: a manifest is recorded for everybody to read.
const URL_FORM =
  /^https?:\/\/[A-Za-z0-9._-]+(?::\d{1,5})?(?:\/[^\s#\\]*)?$|^https?:\/\/\[[0-9A-Fa-f:.]+\](?::\d{1,5})?(?:\/[^\s#\\]*)?$/;

function urlFault(url: string): string | undefined {
  if (URL_FORM.test(url) && !/[^\x21-\x7e]/.test(url)) return undefined;
  return 'is not `https://HOST/PATH` (or `http://`) in ASCII, without a user, a password or a fragment';
}

export interface ManifestFault {
  readonly steps: readonly string[];
  readonly why: string;
}

/** The first departure of a manifest from its form, or undefined when it is one. */
export function manifestFault(value: JsonValue): ManifestFault | undefined {
  const common = faultIn(COMMON, value, []);
  if (common !== undefined) return common;
  const { run, request, response } = value as { readonly [name: string]: JsonValue };
  const fault = runFault(run as JsonValue);
  if (fault !== undefined) return fault;
  for (const [name, schema] of [
    ['request', request],
    ['response', response],
  ] as const) {
    const inner = schemaFault(schema as JsonValue);
    if (inner !== undefined) return { steps: [name, ...inner.steps], why: inner.why };
  }
  return undefined;
}

function runFault(run: JsonValue): ManifestFault | undefined {
  const kinds = RUN_KINDS.map((kind) => `\`${kind}\``).join(', ');
  if (!isMapOfJson(run)) return { steps: ['run'], why: `is not a map with a \`kind\`: ${kinds}` };
  const kind = RUN_KINDS.find((each) => Object.hasOwn(run, 'kind') && run.kind === each);
  if (kind === undefined) return { steps: ['run', 'kind'], why: `is none of ${kinds}` };
  return faultIn(RUNS[kind], run, ['run']) ?? commandFault(run as ToolRun);
}

function commandFault(run: ToolRun): ManifestFault | undefined {
  if (run.kind !== 'process') return undefined;
  const command = run.argv[0] as string;
  const own = command.startsWith('./') ? command.slice(2) : undefined;
  if (own !== undefined && run.files?.includes(own) !== true)
    return { steps: ['run', 'argv', '0'], why: `is \`${command}\`, which is not one of \`files\`` };
  if (own === undefined && command.includes('/') && !command.startsWith('/'))
    return { steps: ['run', 'argv', '0'], why: 'is a relative path; a file of the tool begins with `./`' };
  return undefined;
}

/** As the schema finds it, and what is allowed there where a field is not known. */
function faultIn(schema: Schema<unknown>, value: JsonValue, above: readonly string[]): ManifestFault | undefined {
  const found = schema.find(value);
  if (found === undefined) return undefined;
  const steps = [...found.steps].reverse().map(String);
  let { shape } = schema;
  for (const step of steps.slice(0, -1)) {
    if (shape.t !== 'struct') break;
    shape = shape.fields[step]?.shape ?? shape;
  }
  const isUnknown = shape.t === 'struct' && steps.length > 0 && !Object.hasOwn(shape.fields, steps.at(-1) as string);
  const allowed = isUnknown && shape.t === 'struct' ? `; these are: ${Object.keys(shape.fields).join(', ')}` : '';
  return { steps: [...above, ...steps], why: found.why + allowed };
}

/** The files that a tool is declared with, by path. */
export function moduleFiles({ run }: Pick<ToolManifest, 'run'>): readonly string[] {
  if (run.kind === 'wasm') return [run.module];
  return run.kind === 'process' ? (run.files ?? []) : [];
}

/** What a call may take: what the manifest asks for, or what every tool may. */
export function limitsOf({ limits = {} }: Pick<ToolManifest, 'limits'>): Required<ToolLimits> {
  return {
    time_ms: limits.time_ms ?? LIMITS.toolTimeMs,
    memory_bytes: limits.memory_bytes ?? LIMITS.toolMemoryBytes,
    response_bytes: limits.response_bytes ?? LIMITS.toolResponseBytes,
  };
}
