/** Completion in the shells themselves: what a person gets who presses TAB. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SCRIPTS } from '../src/completion/index.js';
import { VERSION } from '../src/version.js';
import { environment, has, start } from '../testing/bundle.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatos-shells-'));
  for (const [shell, script] of Object.entries(SCRIPTS)) writeFileSync(join(folder, `git-gatos.${shell}`), script);
  mkdirSync(join(folder, 'a directory'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const GIT_COMPLETION = [
  '/usr/share/bash-completion/completions/git',
  '/usr/local/etc/bash_completion.d/git-completion.bash',
].find(existsSync);

/** COMPREPLY for a line with the cursor at its end; `words` is how bash splits it. */
function inBash(line: string, words: readonly string[], viaGit: boolean): string[] {
  const script = `
    COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
    ${viaGit ? `source "${GIT_COMPLETION}"` : ''}
    source ./git-gatos.bash
    COMP_LINE=$1; COMP_POINT=\${#COMP_LINE}; shift
    COMP_WORDS=("$@"); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    ${viaGit ? '__git_wrap__git_main' : '__git_gatos_main'}
    for reply in "\${COMPREPLY[@]}"; do echo "$reply|"; done`;
  const { stdout, stderr } = start('bash', ['--norc', '-c', script, 'bash', line, ...words], { cwd: folder });
  expect(stderr).toBe('');
  return stdout.split('\n').slice(0, -1);
}

describe.skipIf(!has('bash'))('bash', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['git-gatos versi', ['git-gatos', 'versi'], ['version |']],
    ['git-gatos completion ', ['git-gatos', 'completion', ''], ['bash |', 'zsh |', 'fish |']],
    ['git-gatos --color=a', ['git-gatos', '--color', '=', 'a'], ['auto |', 'always |']],
    ['git-gatos --color=', ['git-gatos', '--color', '='], ['auto |', 'never |', 'always |']],
    ['git-gatos --color n', ['git-gatos', '--color', 'n'], ['never |']],
    ['git-gatos  version  --js', ['git-gatos', 'version', '--js'], ['--json |']],
    ['git-gatos nothing ', ['git-gatos', 'nothing', ''], []],
  ])('%s', (line, words, want) => {
    expect(inBash(line, words, false)).toEqual(want);
  });

  it.skipIf(GIT_COMPLETION === undefined).each<[string, readonly string[], readonly string[]]>([
    ['git gatos versi', ['git', 'gatos', 'versi'], ['version |']],
    ['git -C . gatos completion f', ['git', '-C', '.', 'gatos', 'completion', 'f'], ['fish |']],
    ['git gatos --color=a', ['git', 'gatos', '--color', '=', 'a'], ['auto |', 'always |']],
    ['git gatos help comp', ['git', 'gatos', 'help', 'comp'], ['completion |']],
  ])('%s', (line, words, want) => {
    expect(inBash(line, words, true)).toEqual(want);
  });

  it('quotes names that the shell would act on', () => {
    const script = `source ./git-gatos.bash; __git_gatos_reply "" < <(printf '%s\\n' 'a$(touch owned)' 'b;c' plain :nothing); printf '%s|' "\${COMPREPLY[@]}"`;
    expect(start('bash', ['--norc', '-c', script], { cwd: folder }).stdout).toBe(
      'a\\$\\(touch\\ owned\\) |b\\;c |plain |',
    );
  });

  it.skipIf(!has('shellcheck'))('passes shellcheck', () => {
    // SC2154: words, cword and cur are set by git's completion. SC2034: COMPREPLY is read by bash.
    expect(start('shellcheck', ['-s', 'bash', '-e', 'SC2154,SC2034', 'git-gatos.bash'], { cwd: folder })).toMatchObject(
      { stdout: '', status: 0 },
    );
  });
});

/** Types into an interactive shell on a terminal and returns what it shows until the text comes. */
function onTerminal(command: string, { lines, until }: { lines: readonly string[]; until: string }): Promise<string> {
  const env = environment({
    TERM: 'dumb',
    SHELL: '/bin/sh',
    ZDOTDIR: folder,
    XDG_CONFIG_HOME: folder,
    XDG_DATA_HOME: folder,
  });
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    cwd: folder,
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return new Promise((resolve, reject) => {
    let shown = '';
    const end = (settle: () => void): void => {
      clearTimeout(timer);
      child.kill('SIGKILL');
      settle();
    };
    const timer = setTimeout(() => end(() => reject(new Error(`\`${until}\` did not come, but:\n${shown}`))), 20_000);
    let next = 0;
    child.stdout.on('data', (chunk) => {
      shown += chunk;
      // A prompt of `%%% ` comes when the shell waits for the next line.
      if (next < lines.length && shown.split('%%% ').length - 1 > next) child.stdin.write(lines[next++]);
      if (next === lines.length && shown.includes(until)) end(() => resolve(shown));
    });
  });
}

/** With --json on a terminal: only a completed `version --json` prints this. */
const ANSWER = `"version": "${VERSION}"`;

describe.skipIf(!has('script') || process.platform !== 'linux')('on a terminal', () => {
  it.skipIf(!has('bash') || GIT_COMPLETION === undefined).each(['git gatos', 'git-gatos'])(
    'bash completes %s',
    async (command) => {
      const setup = `source "${GIT_COMPLETION}"; source ./git-gatos.bash; bind 'set enable-bracketed-paste off'\r`;
      await onTerminal(`env PS1='%%% ' bash --norc --noprofile -i`, {
        lines: [setup, `${command} versi\t--js\t\r`],
        until: ANSWER,
      });
    },
  );

  it.skipIf(!has('zsh')).each(['git gatos', 'git-gatos'])('zsh completes %s', async (command) => {
    const setup = 'autoload -Uz compinit && compinit -u -D && source ./git-gatos.zsh\r';
    await onTerminal(`env PS1='%%%%%% ' zsh -f -i`, { lines: [setup, `${command} versi\t--js\t\r`], until: ANSWER });
  });
});

describe.skipIf(!has('fish'))('fish', () => {
  const inFish = (line: string): string[] => {
    const script = `source ./git-gatos.fish; complete -C ${JSON.stringify(line)}`;
    const { stdout } = start('fish', ['-c', script], {
      cwd: folder,
      env: { HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder },
    });
    return stdout.split('\n').filter((text) => text !== '');
  };

  it.each([
    ['git-gatos ver', 'version\tsay which version this is'],
    ['git gatos ver', 'version\tsay which version this is'],
    ['git gatos completion f', 'fish'],
    ['git-gatos version --js', '--json\tprint one JSON document instead of text'],
    ['git-gatos -C a', 'a directory/'],
  ])('%s', (line, want) => {
    expect(inFish(line).map((text) => text.replace(/\tDirectory$/, ''))).toContain(want);
  });

  it('offers the command after git', () => {
    expect(inFish('git gato').join()).toContain('gatos');
  });
});

describe.skipIf(!has('zsh'))('zsh', () => {
  it('has no syntax error', () => {
    expect(start('zsh', ['-n', 'git-gatos.zsh'], { cwd: folder })).toMatchObject({ status: 0, stderr: '' });
  });
});
