/** What the README has people type, typed: every line of its sections "… of your own", in their order, in one shell, by somebody who has nothing. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { has } from '../testing/bundle.js';
import { openStage, type Stage } from './stage.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** What is typed at once: one line, or all of a here document. */
interface Line {
  readonly command: string;
  /** What the README says of it behind ` # `; empty: nothing. */
  readonly note: string;
}

/** The lines of each block of the sections. `npm` has been done by whoever runs tests. */
function blocksOf(readme: string): readonly (readonly Line[])[] {
  const sections = [...readme.matchAll(/^## [^\n]* of your own\n([\s\S]*?)(?=^## |$(?![\s\S]))/gm)];
  const blocks = sections.flatMap(([, text = '']) => [...text.matchAll(/^```(?:sh)?\n([\s\S]*?)^```$/gm)]);
  return blocks.map(([, text = '']) => linesOf(text).filter(({ command }) => !/^npm /.test(command)));
}

function linesOf(block: string): readonly Line[] {
  const parts = block.matchAll(/^(?<here>[^\n]*<<'(?<end>\w+)'\n[\s\S]*?^\k<end>$)|^(?<line>[^\n]*\S[^\n]*)$/gm);
  return [...parts].map(({ groups = {} }) => {
    const [command = '', note = ''] = groups.here === undefined ? (groups.line ?? '').split(/\s{2,}# /) : [groups.here];
    return { command, note };
  });
}

interface Typed {
  readonly status: number;
  /** What it said, on both channels. */
  readonly said: string;
}

/** Longer than any line takes. */
const PATIENCE_MS = 60_000;

/** A shell to which lines are given one by one, and which tells how each has ended. */
class Shell {
  readonly #child: ChildProcess;
  #typed = 0;
  #told = '';

  constructor(private readonly stage: Stage) {
    // The README puts the commands on the path: they are not there before.
    const env = { ...stage.env, PATH: process.env.PATH } as NodeJS.ProcessEnv;
    this.#child = spawn('bash', ['--norc', '--noprofile'], {
      cwd: ROOT,
      env,
      stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
    });
    this.#tells.on('data', (part: Buffer) => {
      this.#told += part;
    });
    // What fails on the left of a pipe fails.
    this.#child.stdin?.write('set -o pipefail\n');
  }

  get #tells(): Readable {
    return this.#child.stdio[3] as Readable;
  }

  async type(command: string): Promise<Typed> {
    const out = this.stage.at(`said-${this.#typed++}`);
    this.#told = '';
    this.#child.stdin?.write(`{ ${command}\n} </dev/null >'${out}' 2>&1\necho "$?" >&3\n`);
    await new Promise<void>((resolve, reject) => {
      const fail = () => reject(new Error(`\`${command}\` did not end`));
      const timer = setTimeout(fail, PATIENCE_MS);
      this.#child.once('close', fail);
      const look = (): void => {
        if (!this.#told.endsWith('\n')) return;
        clearTimeout(timer);
        this.#tells.off('data', look);
        this.#child.off('close', fail);
        resolve();
      };
      this.#tells.on('data', look);
    });
    return { status: Number(this.#told), said: readFileSync(out, 'utf8') };
  }

  close(): void {
    this.#child.kill('SIGKILL');
  }
}

/** What has to be said where the README says this of a line. */
const SHOWN: Readonly<Record<string, RegExp>> = {
  refused: /^(?:remote: )?(?:refused|error: no capability allows)/m,
  identical: /^✓ identical/m,
  invoked: /^(?![\s\S]*nothing ran now)/,
  'the same receipt; nothing runs': /nothing ran now/,
};
const ID = /\b(?:[0-9A-HJKMNP-TV-Z]{26}|[0-9a-f]{64})\b/;

/** Why a line did not do what the README says; null when it did. Usage (129) and what no shell can run are no refusal. */
function faultOf({ command, note }: Line, { status, said }: Typed): string | null {
  const isRefused = /^refused\b/.test(note);
  const isRight = isRefused ? status > 0 && status < 126 : status === 0;
  const [, shown] = Object.entries(SHOWN).find(([text]) => note === text || (isRefused && text === 'refused')) ?? [];
  const isShown = (shown?.test(said) ?? true) && (!/\bprints (?:an|the) id\b/.test(note) || ID.test(said));
  return isRight && isShown ? null : `\`${command}\` (${note}) ended with ${status}: ${said}`;
}

/** Programs that the README uses and a machine may lack. */
const PROGRAMS = ['seq', 'head', 'sort', 'sha256sum'];

function lacking(lines: readonly Line[]): readonly string[] {
  const used = PROGRAMS.filter((name) => lines.some(({ command }) => new RegExp(`\\b${name}\\b`).test(command)));
  return used.filter((name) => !has(name));
}

const BLOCKS = blocksOf(README);

describe.skipIf(!has('bash'))('the README, typed', () => {
  let stage: Stage;
  let shell: Shell;
  let id = 'ID';
  beforeAll(() => {
    stage = openStage();
    mkdirSync(stage.at('tmp'));
    shell = new Shell(stage);
  });
  afterAll(() => {
    shell.close();
    stage.close();
  });

  /** As a person does: the id that was printed in place of `ID`, a folder of their own in place of `/tmp`. */
  async function follow(line: Line): Promise<string | null> {
    const command = line.command.replaceAll(/(?<![\w/])\/tmp\//g, `${stage.at('tmp')}/`).replaceAll(/\bID\b/g, id);
    const typed = await shell.type(command);
    if (/\bprints (?:an|the) id\b/.test(line.note)) id = ID.exec(typed.said)?.[0] ?? 'ID';
    return faultOf({ ...line, command }, typed);
  }

  it('has the lines that it had, so that none is passed over', () => {
    expect(BLOCKS.length).toBeGreaterThanOrEqual(4);
    expect(BLOCKS.flat().filter(({ command }) => /\bgit gatos\b/.test(command)).length).toBeGreaterThanOrEqual(20);
    expect(BLOCKS.flat().filter(({ note }) => /^refused/.test(note))).toHaveLength(2);
  });

  it.for(BLOCKS.map((lines, i) => ({ number: i + 1, first: lines[0]?.command ?? '', lines })))(
    'block $number: $first …',
    { timeout: 300_000 },
    async ({ lines }, { skip }) => {
      const lacks = lacking(lines);
      skip(lacks.length > 0, `this machine has no ${lacks.join(', ')}`);
      for (const line of lines) expect(await follow(line)).toBe(null);
    },
  );

  it.each<[string, string]>([
    ['git gatos emti --type add', ''],
    ['git gatso state show sum', 'refused: nobody has allowed it'],
    ['git gatos effect cal echo --key first', 'refused: nobody has allowed it'],
    ['git gatos blob gte x | cat', ''],
    ['true', 'refused'],
    ['true', 'prints an id'],
    ['true', 'identical'],
  ])('would be found to be wrong with `%s`', async (command, note) => {
    expect(await follow({ command, note })).toContain('ended with');
  });
});
