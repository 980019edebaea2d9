/** Tools that count their invocations, declared in a repository whose owner may call them. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOOL_PRELUDE } from 'gatos-core/testing';
import type { Run, Stage } from './stage.js';

export interface CountedTool {
  readonly name: string;
  /** Invocations so far. */
  count(): number;
}

const PRELUDE = `${TOOL_PRELUDE}const nap = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
`;

export interface ToolChange {
  readonly retrySafe?: boolean;
  readonly timeMs?: number;
  readonly response?: unknown;
  /** Instead of the script. */
  readonly argv?: readonly string[];
  readonly calls?: string;
}

/** Wide: clocks of gateways are an hour off in some tests. */
const WINDOW = ['--from', '2020-01-01T00:00:00Z', '--until', '2090-01-01T00:00:00Z'];

/** Founds a repository in which alice may call tools. */
export function foundEffects(stage: Stage, repo: string): void {
  stage.gatos(['init', repo, '--actor', 'user:alice']);
  stage.gatos(['trust', 'set-group', 'cap-tool', 'user:alice'], { cwd: repo });
  // These tools write where they are told to.
  stage.git(['config', '--global', 'gatos.toolSandbox', 'off']);
}

/** Declares a script that counts and then does something, and a capability to call it. */
export function declareScript(
  stage: Stage,
  repo: string,
  name: string,
  then: string,
  change: ToolChange = {},
): CountedTool {
  const {
    retrySafe = false,
    timeMs = 30_000,
    response = {},
    argv = ['node', 'tool.mjs'],
    calls = 'unlimited',
  } = change;
  const folder = join(repo, 'tools', name);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'count');
  writeFileSync(join(folder, 'tool.mjs'), `${PRELUDE}appendFileSync(${JSON.stringify(path)}, 'x');\n${then}\n`);
  const run = { kind: 'process', argv, files: ['tool.mjs'] };
  const common = { name, does: `acts as ${name}`, request: {}, response, effect: 'external', cacheable: false };
  const manifest = { ...common, retry_safe: retrySafe, run, limits: { time_ms: timeMs, response_bytes: 100_000 } };
  writeFileSync(join(folder, 'tool.json'), JSON.stringify(manifest));
  stage.gatos(['tool', 'declare', join(folder, 'tool.json')], { cwd: repo });
  const issue = ['cap', 'issue', '--subject', 'user:alice', '--tool', name, ...WINDOW, '--max-calls', calls];
  stage.gatos(issue, { cwd: repo });
  return { name, count: () => (existsSync(path) ? readFileSync(path, 'utf8').length : 0) };
}

/** What tests do in such a repository. */
export class EffectPlace {
  constructor(
    readonly stage: Stage,
    readonly repo: string,
  ) {
    foundEffects(stage, repo);
  }

  script(name: string, then: string, change?: ToolChange): CountedTool {
    return declareScript(this.stage, this.repo, name, then, change);
  }

  call(...args: string[]): Run {
    return this.stage.run(['git', 'gatos', 'effect', 'call', ...args], { cwd: this.repo });
  }

  history(): readonly Readonly<Record<string, unknown>>[] {
    return this.json('effect', 'history') as readonly Record<string, unknown>[];
  }

  json(...args: string[]): unknown {
    return this.stage.json(args, { cwd: this.repo });
  }

  expectVerified(cwd = this.repo): void {
    const { status, stdout, stderr } = this.stage.run(['git', 'gatos', 'verify', '--all'], { cwd });
    if (status !== 0) throw new Error(`verify ended with ${status}: ${stdout.slice(-2000)}${stderr}`);
  }

  become(name: string): void {
    const settings = { actor: `user:${name}`, key: name === 'alice' ? 'default' : name };
    writeFileSync(join(this.repo, '.git', 'gatos', 'settings.json'), JSON.stringify(settings));
  }

  /** A granted proposal to resolve an effect, by alice: its id. */
  granted(effect: string, quorum: string, approvers: readonly string[]): string {
    const ask = ['propose', '--action', 'effect.resolve', '--target', effect, '--quorum', quorum, '--reason', 'looked'];
    const { id } = this.json(...ask) as { readonly id: string };
    for (const name of approvers) {
      this.become(name);
      this.stage.gatos(['approve', id], { cwd: this.repo });
    }
    this.become('alice');
    this.stage.gatos(['grant', id], { cwd: this.repo });
    return id;
  }

  /** A clone of a server that alice uses as well. */
  clone(name: string, server: string): string {
    const cwd = this.stage.at(name);
    this.stage.git(['init', '-q', cwd]);
    this.stage.git(['remote', 'add', 'origin', server], { cwd });
    this.stage.gatos(['sync'], { cwd });
    this.stage.gatos(['config', 'set', 'actor', 'user:alice'], { cwd });
    this.stage.gatos(['config', 'set', 'key', 'default'], { cwd });
    return cwd;
  }

  /** A bare repository that it syncs with. */
  server(): string {
    const server = this.stage.at('server.git');
    this.stage.git(['init', '-q', '--bare', server]);
    this.stage.git(['remote', 'add', 'origin', server], { cwd: this.repo });
    this.stage.gatos(['sync'], { cwd: this.repo });
    return server;
  }
}
