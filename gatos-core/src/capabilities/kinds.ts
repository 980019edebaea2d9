/** What each kind of capability is called, who issues it, and what of it is counted. */
import { SCOPE_KIND, SCOPE_STRUCTS, type Scope, type ScopeKind, type ScopeName } from '../mythos/index.js';

const NAMES: Readonly<Record<number, ScopeName | undefined>> = Object.fromEntries(
  Object.entries(SCOPE_KIND).map(([name, kind]) => [kind, name as ScopeName]),
);

/** The trust group whose members issue root capabilities of a kind: authority over blobs is none over training. */
const GROUPS: Readonly<Record<ScopeKind, string>> = {
  1: 'cap-blob',
  2: 'cap-blob',
  3: 'cap-blob',
  4: 'cap-blob',
  5: 'cap-tool',
  6: 'cap-train',
  7: 'cap-train',
  8: 'cap-deploy',
  9: 'cap-tool',
  10: 'cap-tool',
  11: 'cap-tool',
};

/** Every such group. */
export const CAPABILITY_GROUPS: readonly string[] = [...new Set(Object.values(GROUPS))];

export function isScopeKind(kind: number): kind is ScopeKind {
  return kind in SCOPE_STRUCTS;
}

/** `ToolCall`; `kind 99` for one that nobody knows. */
export function kindName(kind: number): string {
  return NAMES[kind] ?? `kind ${kind}`;
}

/** Undefined for a kind that nobody knows: then nobody issues it. */
export function groupOfKind(kind: number): string | undefined {
  return isScopeKind(kind) ? GROUPS[kind] : undefined;
}

/** What is counted of a use, such as `calls`. */
export type Meter = 'calls' | 'jobs' | 'tokens' | 'gpu_ms' | 'runs' | 'workers' | 'cpu_us' | 'io' | 'events';
export const METERS: readonly Meter[] = [
  'calls',
  'jobs',
  'tokens',
  'gpu_ms',
  'runs',
  'workers',
  'cpu_us',
  'io',
  'events',
];
export type Amounts = Partial<Readonly<Record<Meter, bigint>>>;

/** The largest u32 and u64: a limit that says "not counted". */
export const UNCOUNTED_U32 = 0xffff_ffff;
const UNCOUNTED_U64 = 0xffff_ffff_ffff_ffffn;

function bounded(limits: Readonly<Partial<Record<Meter, number | bigint | undefined>>>): Amounts {
  const out: Partial<Record<Meter, bigint>> = {};
  for (const [meter, max] of Object.entries(limits)) {
    if (max === undefined || max === UNCOUNTED_U64 || max === UNCOUNTED_U32) continue;
    out[meter as Meter] = BigInt(max);
  }
  return out;
}

/** How much of what a scope allows in all. A meter that is not there is not counted. */
export function limitsOf({ kind, scope }: Scope): Amounts {
  switch (kind) {
    case 5:
      return bounded({ calls: scope.max_calls });
    case 6:
      return bounded({ jobs: scope.max_jobs, tokens: scope.max_tokens, gpu_ms: scope.max_gpu_ms });
    case 7:
      return bounded({ runs: scope.max_runs });
    case 9:
      return bounded({ workers: scope.max_workers, cpu_us: scope.max_cpu_us, io: scope.max_io });
    case 11:
      return bounded({ events: scope.max_events });
    default:
      return {};
  }
}
