/** The look-up of one namespace as one process sees it: the runs on disk, and what it could not write there. */
import { dirname, join } from 'node:path';
import type { Oid } from '../../src/git/index.js';
import type { FoundKeys, KeyEntry } from '../../src/journal/index.js';
import { type Stretch, tipsOf } from './coverage.js';
import { compareAt, ENTRY_BYTES, packEntries, unpackEntry } from './entries.js';
import { mergeRuns, runsToMerge } from './merge.js';
import { PackedRun } from './packed-run.js';
import { RunDirectory } from './run-directory.js';
import { RunFile, type Wanted } from './run-file.js';
import { DamagedRun } from './run-format.js';
import { isSystemError, RunWriter } from './run-write.js';

export class KeySpace {
  readonly #ns: string;
  readonly #directory: RunDirectory;
  #runs = new Map<string, RunFile>();
  #unwritten: PackedRun[] = [];
  /** Was anything lost since `covered` was asked? */
  #lost = false;
  #merging = false;

  constructor({ directory, ns }: { directory: string; ns: string }) {
    this.#ns = ns;
    this.#directory = new RunDirectory(join(directory, ns));
  }

  covered(): ReadonlyMap<string, Oid> {
    this.#refresh();
    this.#lost = false;
    const tips = tipsOf(this.#stretches());
    if (tips === null) {
      this.clear();
      return new Map();
    }
    return new Map([...tips].map(([chain, { oid }]) => [chain, oid]));
  }

  /** Null when something that was covered has been lost. */
  lookup(keys: readonly Uint8Array[]): readonly (KeyEntry | undefined)[] | null {
    const out: (KeyEntry | undefined)[] = keys.map(() => undefined);
    const best = Buffer.alloc(keys.length * ENTRY_BYTES);
    const wanted = keys.map(
      (key, i): Wanted => ({
        key,
        found: (packed, at) => {
          if (out[i] !== undefined && compareAt(packed, at, best, i * ENTRY_BYTES) >= 0) return;
          packed.copy(best, i * ENTRY_BYTES, at, at + ENTRY_BYTES);
          out[i] = unpackEntry(packed, at);
        },
      }),
    );
    wanted.sort((a, b) => Buffer.compare(a.key, b.key));
    for (const run of [...this.#runs.values()]) this.#guard(run, () => run.find(wanted));
    for (const run of this.#unwritten) run.find(wanted);
    return this.#lost ? null : out;
  }

  async add({ chain, from, to, commits, entries }: FoundKeys): Promise<void> {
    const packed = packEntries(entries);
    const coverage = [{ chain, from, to, commits }];
    try {
      const directory = this.#directory.generation();
      const path = writeRun(packed, { directory, ns: this.#ns, coverage });
      this.#open(path);
      if (this.#runs.has(path)) return await this.#merge(directory);
    } catch (error) {
      if (!isSystemError(error)) throw error;
    }
    // No room, no permission, or removed by another process just now.
    this.#unwritten.push(new PackedRun(packed, coverage));
  }

  clear(): void {
    this.#directory.clear();
    this.close();
    this.#unwritten = [];
  }

  close(): void {
    for (const run of this.#runs.values()) run.release();
    this.#runs = new Map();
  }

  *#stretches(): Generator<Stretch, void, undefined> {
    for (const { footer } of this.#runs.values()) yield* footer.coverage;
    for (const { coverage } of this.#unwritten) yield* coverage;
  }

  /** Opens what is new on disk and lets go of what was merged away. Lists until nothing has changed meanwhile. */
  #refresh(): void {
    for (let before: string | null = null; ; ) {
      const paths = this.#directory.list();
      const now = paths.join('\n');
      if (now === before) return;
      before = now;
      for (const path of paths) if (!this.#runs.has(path)) this.#open(path);
      const there = new Set(paths);
      for (const path of this.#runs.keys()) {
        if (!there.has(path)) this.#drop(path);
      }
    }
  }

  /** A run that is gone was merged, and the next listing shows into what. */
  #open(path: string): void {
    try {
      const run = RunFile.open(path, this.#ns);
      this.#drop(path);
      this.#runs.set(path, run);
    } catch (error) {
      if (error instanceof DamagedRun) this.#directory.discard(path);
      else if (!isSystemError(error)) throw error;
    }
  }

  /** Runs `body` on a run; what a damaged or unreadable one said no longer counts. */
  #guard(run: RunFile, body: () => void): void {
    try {
      body();
    } catch (error) {
      if (!isSystemError(error) && !(error instanceof DamagedRun)) throw error;
      this.#lose(run.path);
    }
  }

  #lose(path: string): void {
    this.#lost = true;
    this.#directory.discard(path);
    this.#drop(path);
  }

  #drop(path: string): void {
    this.#runs.get(path)?.release();
    this.#runs.delete(path);
  }

  /** Merges runs of one generation only: one that was removed must not come back by way of another. */
  async #merge(directory: string): Promise<void> {
    if (this.#merging) return;
    const here = [...this.#runs.values()].filter(({ path }) => dirname(path) === directory);
    const runs = runsToMerge(here);
    if (runs.length < 2) return;
    this.#merging = true;
    for (const run of runs) run.hold();
    try {
      const path = await mergeRuns(runs, { directory, ns: this.#ns });
      this.#open(path);
      for (const run of runs) {
        if (run.path === path) continue;
        this.#directory.discard(run.path);
        if (this.#runs.has(path)) this.#drop(run.path);
      }
      this.#directory.sweep();
    } catch (error) {
      // Merging only saves work later on: the other runs are as good as before.
      if (error instanceof DamagedRun) this.#lose(error.path);
      else if (!isSystemError(error)) throw error;
    } finally {
      for (const run of runs) run.release();
      this.#merging = false;
    }
  }
}

interface RunContent {
  readonly directory: string;
  readonly ns: string;
  readonly coverage: readonly Stretch[];
}

function writeRun(packed: Buffer, { directory, ns, coverage }: RunContent): string {
  const writer = new RunWriter(directory);
  try {
    for (let at = 0; at < packed.length; at += ENTRY_BYTES) writer.push(packed, at);
    return writer.finish({ ns, coverage });
  } catch (error) {
    writer.discard();
    throw error;
  }
}
