/** The sandbox engine: one compiled binary, from which any number of sandboxes is made. */
import { sha256 } from '#hash';
import { formatDigest } from '../../codec/index.js';
import { type Abort, LIMITS } from '../../kernel/index.js';
import { foldError } from '../errors.js';
import type { Entry } from './exports.js';
import { type Finding, findingOf, lintParsed } from './lint.js';
import { GuestSandbox, type Sandbox } from './sandbox.js';
import { type Parsed, parseModule } from './syntax.js';
import { engineId, KNOWN_WASM } from './version.js';
import { patchWasm } from './wasm-patch.js';

export interface FoldSource {
  /** Text of the ES module. */
  readonly source: string;
  /** Gas units that one event may use. */
  readonly gas: number;
  /** Bytes of heap that the fold may use. */
  readonly memory: number;
  /** The export that is called; `fold` unless it is a script that runs once: see `runScript`. */
  readonly entry?: Entry | undefined;
  /** Looked at about once a millisecond while the fold runs; the fold then ends with `fold/aborted`, never with a result. */
  readonly signal?: Abort | undefined;
}

export interface SandboxEngine {
  /** Names the exact computation: binary, patches, prelude, gas. */
  readonly id: string;
  /** A sandbox for one fold. Throws `fold/lint`, `fold/start`, `fold/gas`, `fold/memory`, `fold/stack`, `fold/no-room`. */
  instantiate(fold: FoldSource): Promise<Sandbox>;
}

/**
 * The engine of a wasm binary. Throws `fold/engine-unknown` unless it is the one that this version knows: another one is another
 * computation, whatever it calls itself.
 */
export async function createEngine({ wasm }: { readonly wasm: Uint8Array }): Promise<SandboxEngine> {
  const id = engineId(wasm);
  if (formatDigest(sha256(wasm)) !== KNOWN_WASM) throw foldError('engine-unknown', { have: id, known: KNOWN_WASM });
  const module = await WebAssembly.compile(patchWasm(wasm));
  return {
    id,
    instantiate: async ({ source, gas, memory, entry = 'fold', signal }) =>
      GuestSandbox.create(module, {
        parsed: accepted(source, entry),
        entry,
        gas: Math.min(gas, LIMITS.foldGasMax),
        memory: Math.min(memory, LIMITS.foldMemoryMax),
        signal,
      }),
  };
}

/** Throws `fold/lint`. */
function accepted(source: string, entry: Entry): Parsed {
  const parsed = parseModule(source);
  if ('why' in parsed) throw refused([findingOf(parsed)]);
  const errors = lintParsed(parsed, entry).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw refused(errors);
  return parsed;
}

function refused(findings: readonly Finding[]) {
  const [{ rule, line, column, message, alternative }] = findings as readonly [Finding];
  return foldError('lint', { count: findings.length, rule, line, column, why: message, alternative });
}
