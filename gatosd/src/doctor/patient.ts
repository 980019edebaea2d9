/** The clone that is examined: what every look at it needs, read once. */
import type { Finding, LongCall, TrustHistory } from 'gatos-core';
import { type GitAt, git, textOf } from '../git-run.js';
import type { Workspace } from '../workspace.js';

export interface Patient extends LongCall {
  readonly workspace: Workspace;
  readonly at: GitAt;
  readonly config: GitSettings;
  /** Null: there is none that verifies. */
  readonly trust: TrustHistory | null;
  /** Microseconds since the epoch. */
  readonly time: number;
}

/** One look at a clone. */
export interface Look {
  /** What is looked at. */
  readonly what: string;
  /** Throws a GatosError where that cannot be examined. */
  readonly look: (patient: Patient) => Promise<readonly Finding[]> | readonly Finding[];
}

/** The configuration of git that is in force, of all scopes. */
export class GitSettings {
  readonly #values = new Map<string, string[]>();

  static async read(at: GitAt): Promise<GitSettings> {
    const settings = new GitSettings();
    const text = textOf(await git(at, ['config', '--null', '--list'], { accept: [0, 1] }));
    for (const entry of text.split('\0')) {
      const end = entry.indexOf('\n');
      // A name without `=` is true.
      if (entry !== '') settings.#add(end === -1 ? [entry, 'true'] : [entry.slice(0, end), entry.slice(end + 1)]);
    }
    return settings;
  }

  #add([name, value]: readonly [string, string]): void {
    const values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, [value]);
    else values.push(value);
  }

  /** Every value, in git's order. Names are as git lists them: in lower case but for the part between the dots. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  isTrue(name: string): boolean {
    return /^(?:true|yes|on|[1-9]\d*)$/i.test(this.all(name).at(-1) ?? '');
  }

  isSet(name: string): boolean {
    return this.#values.has(name);
  }

  /** Names between `remote.` and its last dot, sorted. */
  get remotes(): readonly string[] {
    const names = [...this.#values.keys()].flatMap((name) => /^remote\.(.+)\.url$/s.exec(name)?.[1] ?? []);
    return [...new Set(names)].sort();
  }
}
