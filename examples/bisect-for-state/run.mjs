// Four years of readings by three observers, a state of a few sums, and two faults somewhere among 1,461 signed events. Which event was
// it, and whose? Found by halving, once by an expression, once by a command, and again from a clone. Run it with:
// node examples/bisect-for-state/run.mjs
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { enter, expect, explain, openStage, ROOT, requireBuild, run } from '../../tools/example/story.mjs';
import { shiftsOf } from './readings.mjs';

requireBuild();
const HERE = fileURLToPath(new URL('.', import.meta.url));
const PUBLISHED = readFileSync(join(ROOT, 'node_modules', 'vega-datasets', 'data', 'seattle-weather.csv'), 'utf8');
const stage = openStage('bisect-for-state');
const [ana, ben, cleo, stranger] = ['ana', 'ben', 'cleo', 'stranger'].map((name) => ({
  ...enter(stage, name),
  place: join(stage.folder, name === 'ana' ? 'lab' : name),
}));
const TOO_WIDE = ['--bad', 'state.widest_day > 25'];
const WRONG_RAIN = ['--bad-command', 'node compare.mjs published.csv'];

try {
  explain(
    '1. A weather station in Seattle: Ana keeps the repository, Ben and Cleo send their readings in from clones.',
  );
  gatos({ ...ana, place: stage.folder }, { show: 1 }, 'init', ana.place, '--actor', 'user:ana');
  cpSync(join(HERE, 'lab'), ana.place, { recursive: true });
  writeFileSync(join(ana.place, 'published.csv'), PUBLISHED);
  run(ana, ['git', 'add', '--all'], { cwd: ana.place, only: () => false });
  run(ana, ['git', 'commit', '-m', 'Fold, and the published table'], { cwd: ana.place, show: 1 });
  for (const person of [ben, cleo]) arrive(person);

  explain(
    '2. They take turns of half a year. Each reading is a signed event; after each turn a fold makes a checkpoint.',
  );
  const shifts = shiftsOf(PUBLISHED, [ana, ben, cleo]);
  for (const shift of shifts) send(shift);

  explain('3. The state: a few sums. No day in Seattle is 32 °C warmer at noon than at night, so something is wrong.');
  const state = JSON.parse(gatos(ana, {}, 'state', 'show', 'station'));
  expect(state.days === 1461 && state.widest_day === 32.1, 'the state holds the figure, and not where it comes from');

  explain(
    '4. Which event was it? An expression says what is bad; the checkpoints are halved, then the events between two.',
  );
  const widest = bisect(ana, TOO_WIDE);
  expect(widest.payload.date === '2014-08-11' && widest.actor === 'user:cleo', 'the reading of 2014-08-11, by Cleo');
  expect(widest.judged <= 12, `${widest.judged} states were judged, of ${state.days}`);
  gatos(ana, { only: (line) => /"(actor|time|date|temp_\w+)"/.test(line) }, 'show', widest.cid);
  console.log('35.6 °C is 96.1 °F: on that day she read the other scale.');

  explain(
    '5. A fault that no bound finds: the rain. A command compares the state with as many days of the published table.',
  );
  const rain = bisect(ana, WRONG_RAIN);
  expect(rain.payload.date === '2014-03-16' && rain.actor === 'user:ben', 'it goes wrong on 2014-03-16, with Ben');
  expect(
    rain.payload.precipitation === 1.09,
    '1.09 are the inches of 27.7 mm: from that day on his gauge shows inches',
  );

  explain('6. What is never bad is told as such, and not guessed at.');
  gatos(ana, { status: 1 }, 'bisect', '--state', 'station', '--bad', 'state.widest_day > 60');

  explain('7. A stranger needs no key and no word of ours: from a clone, the same events are found again.');
  run(stranger, ['git', 'gatos', 'clone', ana.place, stranger.place], { show: 2 });
  gatos(stranger, { only: (line) => line.includes('repository verified') }, 'verify', '--all');
  const [widestAgain, rainAgain] = [TOO_WIDE, WRONG_RAIN].map((bad) => search(stranger, bad));
  expect(widestAgain.cid === widest.cid, `the same event: ${widest.cid}`);
  expect(rainAgain.cid === rain.cid, `the same event: ${rain.cid}`);
  console.log("\nThat is the whole story. Your turn: git gatos bisect --state NAME --bad 'state.sum < 0'");
} finally {
  stage.close();
}

/** `git gatos` where this person works. */
function gatos(person, options, ...args) {
  const only = (line) => !line.startsWith('next: ');
  return run(person, ['git', 'gatos', ...args], { cwd: person.place, only, ...options });
}

/** Finds the culprit and shows it; returns it as JSON. */
function bisect(person, bad) {
  gatos(person, {}, 'bisect', '--state', 'station', ...bad);
  return search(person, bad);
}

function search(person, bad) {
  return JSON.parse(gatos(person, { only: () => false }, 'bisect', '--state', 'station', ...bad, '--json'));
}

/** What is not shown because it was shown before. */
function quietly({ place, env }, ...args) {
  return execFileSync('git', ['gatos', ...args], {
    cwd: place,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Clones the repository, makes a key, and has it trusted. */
function arrive(person) {
  run(person, ['git', 'gatos', 'clone', ana.place, person.place], { show: 1 });
  quietly(person, 'init', '--actor', `user:${person.name}`);
  const { keys } = JSON.parse(quietly(person, 'key', 'list', '--json'));
  gatos(ana, { show: 1 }, 'trust', 'add', `user:${person.name}`, keys[0].key);
}

/** Imports half a year as its observer sent it, exchanges it, and folds. */
function send({ name, observer, rows, csv }) {
  const file = join(observer.place, `${name}.csv`);
  writeFileSync(file, csv);
  if (observer !== ana) quietly(observer, 'sync');
  quietly(observer, 'import', file, '--type', 'reading', '--ns', 'seattle', '--key', 'date');
  if (observer !== ana) quietly(observer, 'sync');
  quietly(ana, 'fold', 'run', 'station');
  console.log(`${name}: ${rows} readings by ${observer.name}, and a checkpoint`);
}
