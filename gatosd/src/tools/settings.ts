/** What whoever runs tools allows them: from git's configuration, so that no repository that was cloned can set it. */
import { gitConfig, gitConfigAll } from '../git-config.js';
import type { GitAt } from '../git-run.js';
import type { CommandPlace } from '../runners/index.js';
import { toolRunError } from './errors.js';

export interface ToolSettings extends CommandPlace {
  /** Hosts that tools may be reached at: `HOST` (https, its port), `HOST:PORT`, `http://HOST`, `http://HOST:PORT`. */
  readonly httpAllow: readonly string[];
  /** May they have addresses that are not of the public internet? For tests, and for who knows their network. */
  readonly httpPrivate: boolean;
  /** Variables of whoever runs the gateway that a manifest may ask for. Absent: none. */
  readonly passAllow?: readonly string[] | undefined;
  /** The program of the threads in which wasm runs; only tests give another than the built one. */
  readonly thread?: URL | undefined;
}

const SANDBOXES = ['prefer', 'require', 'off'] as const;
const TRUTHS: Readonly<Record<string, boolean>> = {
  true: true,
  yes: true,
  on: true,
  '1': true,
  false: false,
  no: false,
  off: false,
  '0': false,
  '': true,
};

/**
 * `gatos.httpToolAllow` (many), `gatos.httpToolPrivate` (true or false), `gatos.toolPass` (many), `gatos.toolSandbox` (`prefer`,
 * `require`, `off`). Throws `tool-run/bad-setting`.
 */
export async function readToolSettings(at: GitAt, env: ToolSettings['env']): Promise<ToolSettings> {
  const [httpAllow, passAllow, isPrivate = 'false', sandbox = 'prefer'] = await Promise.all([
    gitConfigAll(at, 'gatos.httpToolAllow'),
    gitConfigAll(at, 'gatos.toolPass'),
    gitConfig(at, 'gatos.httpToolPrivate'),
    gitConfig(at, 'gatos.toolSandbox'),
  ]);
  const httpPrivate = Object.hasOwn(TRUTHS, isPrivate.toLowerCase()) ? TRUTHS[isPrivate.toLowerCase()] : undefined;
  if (httpPrivate === undefined)
    throw toolRunError('bad-setting', { name: 'gatos.httpToolPrivate', value: isPrivate, allowed: 'true, false' });
  const known = SANDBOXES.find((each) => each === sandbox);
  if (known === undefined)
    throw toolRunError('bad-setting', { name: 'gatos.toolSandbox', value: sandbox, allowed: SANDBOXES.join(', ') });
  return { env, sandbox: known, httpAllow, httpPrivate, passAllow };
}
