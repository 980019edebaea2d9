import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { isGatosError } from 'gatos-core';
import { afterAll, describe, expect, it } from 'vitest';
import { CALM, type FloodState, type NewRefusal, readFloodState, recorded, unrecorded, weigh } from './flood.js';
import { FloodFile } from './flood-file.js';

const BOUNDS = { sameMs: 10_000, perMinute: 3, bytesPerDay: 1000 };
let made = 0;
const NOW = 1_800_000_000_000;
const refusal = (given: Partial<NewRefusal> = {}): NewRefusal => {
  made += 1;
  return { now: NOW, digest: `d${made}`, bytes: 10, ...given };
};

/** The verdicts of refusals one after the other. */
function run(refusals: readonly NewRefusal[], from: FloodState = CALM) {
  let state = from;
  const verdicts = refusals.map((each) => {
    const weighed = weigh(state, each, BOUNDS);
    state = recorded(weighed.state, { digest: each.digest, id: `id of ${each.digest}` });
    return weighed.verdict;
  });
  return { verdicts, state };
}

describe('what is recorded of refusals', () => {
  it('is one of the same within the window, and the next one after it says how many there were', () => {
    const same = refusal({ digest: 'same' });
    const { verdicts } = run([0, 1, 9999, 10_000].map((later) => ({ ...same, now: NOW + later })));
    expect(verdicts).toEqual([
      { what: 'record', suppressed: 0 },
      { what: 'same', id: 'id of same' },
      { what: 'same', id: 'id of same' },
      { what: 'record', suppressed: 2 },
    ]);
  });

  it('is so many in a minute', () => {
    const five = [1, 2, 3, 4, 5].map(() => refusal());
    const { verdicts, state } = run(five);
    expect(verdicts.map(({ what }) => what)).toEqual(['record', 'record', 'record', 'too-many', 'too-many']);
    expect(run([refusal({ now: NOW + 60_000 })], state).verdicts).toEqual([{ what: 'record', suppressed: 2 }]);
  });

  it('is so many bytes in a day', () => {
    const { verdicts, state } = run([refusal({ bytes: 900 }), refusal({ bytes: 101 }), refusal({ bytes: 100 })]);
    expect(verdicts.map(({ what }) => what)).toEqual(['record', 'too-much', 'record']);
    expect(run([refusal({ now: NOW + 86_400_000 })], state).verdicts[0]?.what).toBe('record');
  });

  it('does not stop for ever when the clock is set back', () => {
    const { state } = run([1, 2, 3].map(() => refusal({ bytes: 300 })));
    expect(run([refusal({ now: 5, bytes: 300 })], state).verdicts).toEqual([{ what: 'record', suppressed: 0 }]);
  });

  it('counts a record that could not be written, and takes the next one for no repetition', () => {
    const first = refusal({ digest: 'x' });
    const { state } = weigh({ ...CALM, suppressed: 4 }, first, BOUNDS);
    expect(weigh(state, first, BOUNDS).verdict).toEqual({ what: 'record', suppressed: 0 });
    const after = unrecorded(state, { digest: 'x', suppressed: 4 });
    expect(after).toMatchObject({ suppressed: 5, recent: [] });
    expect(weigh(after, first, BOUNDS).verdict).toEqual({ what: 'record', suppressed: 5 });
  });

  it('never passes its bounds, and every refusal is recorded or counted', () => {
    const step = fc.record({
      wait: fc.integer({ min: 0, max: 40_000 }),
      digest: fc.integer({ min: 0, max: 5 }),
      bytes: fc.integer({ min: 1, max: 400 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let now = NOW;
        let state = CALM;
        let counted = 0;
        const records: { now: number; bytes: number }[] = [];
        for (const { wait, digest, bytes } of steps) {
          now += wait;
          const { verdict, state: next } = weigh(state, { now, digest: String(digest), bytes }, BOUNDS);
          state = recorded(readFloodState(JSON.parse(JSON.stringify(next))), { digest: String(digest), id: 'x' });
          if (verdict.what !== 'record') continue;
          records.push({ now, bytes });
          counted += 1 + verdict.suppressed;
        }
        expect(counted + state.suppressed).toBe(steps.length);
        for (const { now: end } of records) {
          // A window that is not aligned holds less than two that are.
          expect(records.filter((each) => each.now > end - 60_000 && each.now <= end).length).toBeLessThanOrEqual(6);
        }
        expect(records.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(
          1000 * (1 + Math.floor((now - NOW) / 86_400_000)),
        );
      }),
      { seed: 20261120 },
    );
  });

  it('takes a state that is not ours for a calm one', () => {
    const odd = [
      null,
      1,
      [],
      {},
      { ...CALM, v: 2 },
      { ...CALM, minute: null },
      { ...CALM, suppressed: -1 },
      { ...CALM, recent: {} },
    ];
    for (const value of odd) expect(readFloodState(value)).toEqual(CALM);
    const kept = { ...CALM, recent: [{ digest: 'a', time: 1, id: 'b' }, { digest: 1, time: 1, id: 'b' }, null] };
    expect(readFloodState(kept).recent).toEqual([{ digest: 'a', time: 1, id: 'b' }]);
  });
});

describe('the state on disk', () => {
  const root = mkdtempSync(join(tmpdir(), 'gatos-flood-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const count = (state: FloodState) => ({
    state: { ...state, suppressed: state.suppressed + 1 },
    answer: state.suppressed,
  });

  it('is changed by one at a time', async () => {
    const folder = join(root, 'many');
    const answers = await Promise.all(Array.from({ length: 40 }, () => new FloodFile(folder).update(count)));
    expect([...answers].sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(readdirSync(folder)).toEqual(['flood.json']);
    expect(statSync(join(folder, 'flood.json')).mode & 0o777).toBe(0o600);
  });

  it('takes over a lock that a crash has left, and waits in vain for one that is held', async () => {
    const folder = join(root, 'locked');
    mkdirSync(folder);
    const lock = join(folder, 'flood.lock');
    writeFileSync(lock, '');
    utimesSync(lock, 1, 1);
    expect(await new FloodFile(folder).update(count)).toBe(0);
    writeFileSync(lock, '');
    await expect(new FloodFile(folder).update(count)).rejects.toSatisfy((error) =>
      isGatosError(error, 'door/audit-busy'),
    );
    expect(readdirSync(folder).sort()).toEqual(['flood.json', 'flood.lock']);
  });

  it('begins anew when it is damaged, and keeps what was when a change fails', async () => {
    const folder = join(root, 'damaged');
    const file = new FloodFile(folder);
    await file.update(count);
    for (const text of ['', '{', '[]', '\0'.repeat(300_000)]) {
      writeFileSync(join(folder, 'flood.json'), text);
      expect(await file.update(count)).toBe(0);
    }
    const before = readFileSync(join(folder, 'flood.json'), 'utf8');
    const broken = file.update(() => {
      throw new Error('stop');
    });
    await expect(broken).rejects.toThrow('stop');
    expect(readFileSync(join(folder, 'flood.json'), 'utf8')).toBe(before);
    expect(readdirSync(folder)).toEqual(['flood.json']);
  });
});
