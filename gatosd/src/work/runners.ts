/** The runners of this machine. Each is loaded when a job of its kind is there: a command line is judged by how soon it starts. */
import { join } from 'node:path';
import type { Environment } from '../git-run.js';
import type { Runner } from '../runners/index.js';
import type { Workspace } from '../workspace.js';
import type { Runners } from './perform.js';

export interface RunnerOptions {
  readonly env: Environment;
  /** Refuse to run processes that cannot be confined. */
  readonly requireSandbox?: boolean | undefined;
  /** Refuse commands that are not on this machine, for others to run. */
  readonly requireCommand?: boolean | undefined;
  /** Jobs that may run at the same time. Default: 1. */
  readonly concurrency?: number | undefined;
}

/** Runners that keep what they know of the machine's programs beside the repository. */
export function localRunners(
  { backend }: Workspace,
  { env, requireSandbox, requireCommand, concurrency = 1 }: RunnerOptions,
): Runners {
  const cacheFile = join(backend.commonDir, 'gatos', 'cache', 'tools.json');
  return {
    process: lazyRunner('process', async () => {
      const { processRunner } = await import('../runners/index.js');
      return processRunner({ env, cacheFile, requireSandbox, requireCommand });
    }),
    container: lazyRunner('container', async () => {
      const { containerRunner } = await import('../runners/index.js');
      return containerRunner({ env, cacheFile });
    }),
    quickjs: lazyRunner('quickjs', async () => {
      const { quickjsRunner } = await import('../runners/index.js');
      return quickjsRunner({ concurrency });
    }),
    wasm: lazyRunner('wasm', async () => {
      const { wasmRunner } = await import('../runners/index.js');
      return wasmRunner({ concurrency });
    }),
  };
}

function lazyRunner(kind: Runner['kind'], load: () => Promise<Runner>): Runner {
  let loaded: Promise<Runner> | undefined;
  const runner = (): Promise<Runner> => {
    loaded ??= load();
    return loaded;
  };
  return {
    kind,
    refusal: async (manifest) => (await runner()).refusal(manifest),
    run: async (task) => (await runner()).run(task),
  };
}
