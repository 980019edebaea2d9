/** What the pages tell people to type exists: every command with every option, and every rule of the gate is explained. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GATE_RULES } from 'gatos-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStage, type Stage } from './stage.js';

const PAGES = [
  'README.md',
  'docs/push-gate.md',
  'docs/governance.md',
  'docs/research-profile.md',
  'docs/doctor.md',
  'docs/blobs.md',
  'docs/capabilities.md',
  'docs/effects.md',
  'docs/jobs.md',
  'docs/bus.md',
  'docs/proof-of-experiment.md',
  'docs/ci/README.md',
  'docs/ci/github-actions.yml',
  'docs/ci/gitlab-ci.yml',
  'examples/adr-as-policy/gatos/policies/0042-public-api.md',
] as const;

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

/** Each `git gatos …` in code, as words. */
function commandsIn(text: string): readonly string[][] {
  const found = [...text.matchAll(/git(?: -C \S+)? gatos ([a-z][^\n`|#]*)/g)].map(([, words = '']) => words);
  return found.map((words) => (words.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/[,.;:)]+$/, '')));
}

let stage: Stage;
const known = new Map<string, string | null>();

/** The help of a command; null for what is none. */
function helpOf(words: readonly string[]): string | null {
  const name = words.join(' ');
  const seen = known.get(name);
  if (seen !== undefined) return seen;
  const { status, stdout } = stage.run(['git', 'gatos', ...words, '--help']);
  const help = status === 0 ? stdout : null;
  known.set(name, help);
  return help;
}

/** Why a command line could not be run; null when it could. */
function faultOf(words: readonly string[]): string | null {
  const [first = '', second = ''] = words;
  if (first === '--help' || first === 'help') return null;
  const group = helpOf([first]);
  if (group === null) return `there is no \`${first}\``;
  const isGroup = group.includes('<command> [<options>]');
  // In running text a group may stand alone.
  if (isGroup && !/^[a-z][a-z-]*$/.test(second)) return null;
  const help = isGroup ? helpOf([first, second]) : group;
  if (help === null) return `there is no \`${first} ${second}\``;
  const options = words.filter((word) => /^--[a-z]/.test(word)).map((word) => word.replace(/=.*/, ''));
  const unknown = options.filter((option) => !new RegExp(`${option}(?![a-z-])`).test(help));
  return unknown.length === 0 ? null : `\`${first}\` has no ${unknown.join(', ')}`;
}

beforeAll(() => {
  stage = openStage();
});
afterAll(() => stage.close());

describe('the pages', () => {
  it.each(PAGES)(
    'tell commands that exist: %s',
    (path) => {
      const commands = commandsIn(read(path));
      expect(commands.length).toBeGreaterThan(0);
      const faults = commands.flatMap((words) => {
        const fault = faultOf(words);
        return fault === null ? [] : [`${words.join(' ')}: ${fault}`];
      });
      expect(faults).toEqual([]);
    },
    120_000,
  );

  it('would be found to tell a command or an option that does not exist', () => {
    const [wrong = [], other = [], option = []] = commandsIn(
      '`git gatos polcy adopt`\n`git gatos policy adpot`\n`git gatos policy adopt --nte x`',
    );
    expect([wrong, other, option].map((words) => faultOf(words))).toEqual([
      'there is no `polcy`',
      'there is no `policy adpot`',
      '`policy` has no --nte',
    ]);
  });

  it('list every rule of the gate', () => {
    const section = /### 3\.6 Push gate\n([\s\S]*?)\n### /.exec(read('docs/SPEC.md'))?.[1] ?? '';
    const listed = [...section.matchAll(/`(gate\/[a-z-]+)`/g)].map(([, rule]) => rule);
    expect([...new Set(listed)].sort()).toEqual(Object.keys(GATE_RULES).sort());
  });
});
