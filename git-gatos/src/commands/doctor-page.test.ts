/** docs/doctor.md lists what can be found: its tables are those of the code. */
import { readFileSync } from 'node:fs';
import { REPOSITORY_SYMPTOMS, type Symptoms } from 'gatos-core';
import { CLONE_SYMPTOMS } from 'gatosd';
import { describe, expect, it } from 'vitest';

const PAGE = readFileSync(new URL('../../../docs/doctor.md', import.meta.url), 'utf8');

/** Holes are shown as one writes them in a usage: `REF`. */
function shown(text: string): string {
  return text.replaceAll(/\{(\w+)\}/g, (_, hole: string) => hole.toUpperCase()).replaceAll('|', '\\|');
}

function tableOf(symptoms: Symptoms): string {
  const rows = Object.entries(symptoms).map(([code, { severity, what, why, mend, fixable }]) => {
    const command = mend === null ? '—' : `\`${shown(mend)}\`${fixable === true ? ' (also by `--fix`)' : ''}`;
    return `| \`doctor/${code}\` | ${severity} | ${shown(what)} | ${shown(why)} | ${command} |`;
  });
  return [
    '| code | severity | what is found | why it matters | what mends it |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** What stands between the markers of that name. */
function section(name: string): string {
  return PAGE.split(`<!-- ${name} -->\n`)[1]?.split(`\n<!-- end of ${name} -->`)[0] ?? '';
}

describe('docs/doctor.md', () => {
  it.each([
    ['repository', REPOSITORY_SYMPTOMS],
    ['clone', CLONE_SYMPTOMS],
  ])('lists everything that is found in a %s', (name, symptoms) => {
    expect(section(name)).toBe(tableOf(symptoms));
  });
});
