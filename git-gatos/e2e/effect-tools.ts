/** Tools that count their invocations, declared in a repository whose owner may call them. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from './stage.js';

export interface CountedTool {
  readonly name: string;
  /** Invocations so far. */
  count(): number;
}

const PRELUDE = `
import { appendFileSync, readFileSync, writeSync } from 'node:fs';
const all = (bytes) => { for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at); };
const leb = (n) => { const out = []; for (; n >= 128; n = Math.floor(n / 128)) out.push((n % 128) | 128); return [...out, n]; };
const say = (bytes) => all(Buffer.from([...leb(bytes.length), ...bytes]));
const text = (value) => { const bytes = Buffer.from(value); return [6, ...leb(bytes.length), ...bytes]; };
const ok = (value) => say([8, 2, 3, 1, 3, 0xc8, 1, 3, 2, ...text(value)]);
const no = (status, why) => say([8, 2, 3, 1, 3, ...leb(status), 3, 3, ...text(why)]);
const nap = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
readFileSync(0);
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
