/** A `git gatos` that goes on running: what it has said so far, and how it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import type { RunOptions, Stage } from './stage.js';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

const PATIENCE_MS = 60_000;

/** What is started: `git gatos` itself, without git in front, so that signals reach it; or a program of ours. */
export interface ChildOptions extends RunOptions {
  readonly program?: string | undefined;
}

export class Child {
  out = '';
  err = '';
  readonly ended: Promise<Ended>;
  readonly process: ChildProcess;

  constructor(stage: Stage, args: readonly string[], { cwd, env, program, input }: ChildOptions = {}) {
    const command = program === undefined ? 'git-gatos' : process.execPath;
    this.process = spawn(command, [...(program === undefined ? [] : [program]), ...args], {
      cwd: cwd ?? stage.folder,
      env: { ...stage.env, ...env } as NodeJS.ProcessEnv,
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    // Standard input stays open behind it, as a terminal does.
    if (input !== undefined) this.process.stdin?.write(input);
    this.process.stdout?.on('data', (chunk) => {
      this.out += chunk;
    });
    this.process.stderr?.on('data', (chunk) => {
      this.err += chunk;
    });
    this.ended = new Promise((resolve, reject) => {
      this.process.on('error', reject);
      this.process.on('close', (code, signal) => resolve({ code, signal, out: this.out, err: this.err }));
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Until it has said so, on either stream. */
  async says(what: string | RegExp): Promise<void> {
    await until(
      () => (typeof what === 'string' ? (this.out + this.err).includes(what) : what.test(this.out + this.err)),
      () => `\`${what}\` did not come, but: ${this.out}${this.err}`,
    );
  }
}

/** Until something holds, or the patience of a test is over. */
export async function until(holds: () => boolean, complaint: () => string): Promise<void> {
  const end = Date.now() + PATIENCE_MS;
  while (!holds()) {
    if (Date.now() > end) throw new Error(complaint());
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Does a process of this number run, and is no zombie? */
export function isRunning(pid: number): boolean {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return false;
  try {
    return !/\) Z /.test(readFileSync(path, 'latin1'));
  } catch {
    // It has ended in between.
    return false;
  }
}
