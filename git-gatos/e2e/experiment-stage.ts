/** A folder in which experiments are made, and rooms elsewhere in which they are looked at. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openStage, type Run, type RunOptions, type Stage } from './stage.js';

export const TRAIN = `import { readFileSync, writeFileSync } from 'node:fs';
const [, , input, output] = process.argv;
const rows = readFileSync(input, 'utf8').trim().split('\\n').slice(1).map((line) => line.split(',').map(Number));
const k = rows.reduce((sum, [x, y]) => sum + x * y, 0) / rows.reduce((sum, [x]) => sum + x * x, 0);
writeFileSync(output, JSON.stringify({ k }));
console.log('slope', k);
`;
export const DATA = 'x,y\n1,2\n2,4\n3,6\n';

export interface Room {
  readonly path: string;
  /** `git gatos …`, whatever it ends with. */
  run(args: readonly string[], options?: RunOptions): Run;
  /** The same without a network, where the machine lets us take it away. */
  offline(args: readonly string[], options?: RunOptions): Run;
  write(files: Readonly<Record<string, string>>): void;
}

export interface ExperimentStage extends Stage {
  /** A founded repository with these files, committed. */
  founded(name: string, files: Readonly<Record<string, string>>): Room;
  /** A clone in another folder. */
  cloned(room: Room, name: string): Room;
}

export function openExperimentStage(): ExperimentStage {
  const stage = openStage();
  const hasUnshare = stage.run(['sh', '-c', 'unshare -rn true 2>/dev/null']).status === 0;
  const roomAt = (path: string): Room => ({
    path,
    run: (args, options) => stage.run(['git', 'gatos', ...args], { cwd: path, ...options }),
    offline: (args, options) =>
      stage.run([...(hasUnshare ? ['unshare', '-rn'] : []), 'git', 'gatos', ...args], { cwd: path, ...options }),
    write: (files) => {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
    },
  });
  writeFileSync(stage.at('gitconfig'), '[user]\n\tname = A\n\temail = a@example.com\n');
  return {
    ...stage,
    founded: (name, files) => {
      const room = roomAt(stage.at(name));
      stage.git(['init', '-q', room.path]);
      room.write(files);
      stage.gatos(['init', '-q'], { cwd: room.path });
      stage.git(['add', '.'], { cwd: room.path });
      stage.git(['commit', '-qm', 'x'], { cwd: room.path });
      return room;
    },
    cloned: (room, name) => {
      stage.gatos(['clone', '-q', room.path, stage.at(name)]);
      return roomAt(stage.at(name));
    },
  };
}

/** The id that a command printed last. */
export function printed({ status, stdout, stderr }: Run): string {
  if (status !== 0) throw new Error(`ended with ${status}: ${stdout}${stderr}`);
  return stdout.trim().split('\n').at(-1) ?? '';
}

/** The job that `run` told of. */
export function jobIn({ stderr }: Run): string {
  return /job (baf\w+):/.exec(stderr)?.[1] ?? '';
}

/** Puts other bytes in the place of a file that travels with a record: everything else, the message too, stays. */
export function alterAttached(
  stage: Stage,
  room: Room,
  { ref, path, text }: { ref: string; path: string; text: string },
) {
  const git = (args: readonly string[], input?: string, env = {}): string =>
    stage.git(args, { cwd: room.path, ...(input === undefined ? {} : { input }), env });
  const head = git(['rev-parse', ref]);
  const env = { GIT_INDEX_FILE: stage.at('forging.index') };
  git(['read-tree', head], undefined, env);
  const blob = git(['hash-object', '-w', '--stdin'], text);
  git(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`], undefined, env);
  const tree = git(['write-tree'], undefined, env);
  const { stdout } = stage.run(['git', 'cat-file', 'commit', head], { cwd: room.path });
  const forged = git(['hash-object', '-t', 'commit', '-w', '--stdin'], stdout.replace(/^tree \w+/, `tree ${tree}`));
  git(['update-ref', ref, forged]);
}
