/** For tests: runs the adapter in processes of their own, which can be killed. Nothing of it is exported from this package. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLEAN } from './scratch-repository.js';

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The options of esbuild that are used here. */
export type Bundle = (options: {
  stdin: { contents: string; resolveDir: string; loader: 'ts' };
  bundle: true;
  platform: 'node';
  format: 'esm';
  alias: Record<string, string>;
  outfile: string;
  logLevel: 'error';
}) => unknown;

/** Scripts that use the adapter: `import { openNativeBackend, hashObject, … } from './adapter.mjs'`. */
export class ScratchProcesses {
  readonly #directory = mkdtempSync(join(tmpdir(), 'gatos-process-'));
  #count = 0;

  /** `bundle` is esbuild's `buildSync`: a tool of the tests, and so passed in by them. */
  constructor(bundle: Bundle) {
    const codecs = '{ emptyTreeOid, encodeCommit, encodeTree, hashObject }';
    const entry = `export * from ${JSON.stringify(at('index.ts'))}; export ${codecs} from ${JSON.stringify(at('../../src/git/index.ts'))};`;
    bundle({
      stdin: { contents: entry, resolveDir: at('.'), loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      alias: { '#hash': at('../hash.ts') },
      outfile: join(this.#directory, 'adapter.mjs'),
      logLevel: 'error',
    });
  }

  /** Runs a script to its end. `argument` is JSON in `process.argv[2]`; `under` is a program and its arguments that runs node. */
  run(
    script: string,
    {
      argument = null as unknown,
      env = {} as Record<string, string | undefined>,
      limit = 60_000,
      under = [] as readonly string[],
    } = {},
  ): Promise<Ended> {
    const path = this.write(script);
    const [program = '', ...words] = [...under, process.execPath, path, JSON.stringify(argument)];
    const child = spawn(program, words, {
      env: { ...CLEAN, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const timer = setTimeout(() => child.kill('SIGTERM'), limit);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    return new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (status, signal) => {
        clearTimeout(timer);
        resolve({ status, signal, stdout, stderr });
      });
    });
  }

  /** A script as a file. */
  write(script: string): string {
    const path = join(this.#directory, `script-${this.#count++}.mjs`);
    writeFileSync(path, script);
    return path;
  }

  dispose(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
