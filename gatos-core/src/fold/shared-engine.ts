/** An engine for many short runs of one fold: starting a sandbox takes longer than folding some hundred events. */
import type { FoldSource, Sandbox, SandboxEngine } from './sandbox/index.js';

interface Idle {
  readonly fold: FoldSource;
  readonly sandbox: Sandbox;
}

/** Keeps the last sandbox that was disposed of, for the next run of the same fold: a reset makes it as good as new. */
export class SharedEngine implements SandboxEngine {
  #idle: Idle | null = null;

  constructor(private readonly engine: SandboxEngine) {}

  get id(): string {
    return this.engine.id;
  }

  async instantiate(fold: FoldSource): Promise<Sandbox> {
    const idle = this.#idle;
    this.#idle = null;
    const fits = idle !== null && sameFold(idle.fold, fold);
    if (idle !== null && !fits) idle.sandbox.dispose();
    const sandbox = fits ? idle.sandbox : await this.engine.instantiate(fold);
    return {
      reset: (state) => sandbox.reset(state),
      run: (batch) => sandbox.run(batch),
      snapshot: () => sandbox.snapshot(),
      dispose: () => this.#keep({ fold, sandbox }),
    };
  }

  dispose(): void {
    this.#idle?.sandbox.dispose();
    this.#idle = null;
  }

  #keep(idle: Idle): void {
    if (this.#idle !== null) idle.sandbox.dispose();
    else this.#idle = idle;
  }
}

function sameFold(a: FoldSource, b: FoldSource): boolean {
  return (
    a.source === b.source && a.gas === b.gas && a.memory === b.memory && a.entry === b.entry && a.signal === b.signal
  );
}
