/** The data of the benchmarks: events whose record bodies have 405 bytes on average, the same in every run. */

/** A small deterministic generator: mulberry32 (Tommy Ettinger, public domain). */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const TYPES = ['reading', 'alarm', 'service', 'note'];
const WORDS =
  'sensor valve pressure nominal inlet outlet checked replaced drift stable north south east west shift operator'.split(
    ' ',
  );

export function makeEvents(count, seed = 1) {
  const random = generator(seed);
  return Array.from({ length: count }, (_, i) => {
    const words = Array.from({ length: 32 }, () => WORDS[Math.floor(random() * WORDS.length)]);
    return {
      type: TYPES[Math.floor(random() * TYPES.length)],
      payload: {
        n: i,
        station: `station-${Math.floor(random() * 200)}`,
        value: Math.round(random() * 1e6) / 1000,
        ok: random() > 0.1,
        tags: [words[0], words[1]],
        text: words.join(' ').padEnd(239, '.').slice(0, 239),
        digest: Array.from({ length: 8 }, () =>
          Math.floor(random() * 65536)
            .toString(16)
            .padStart(4, '0'),
        ).join(''),
      },
    };
  });
}

/** The reducer of the fold row, in both engines the same. */
export const REDUCER = `export function fold(state, event) {
  const { value, ok } = event.payload;
  const type = state[event.type] ?? { count: 0, sum: 0, min: value, max: value, bad: 0 };
  type.count += 1;
  type.sum += value;
  if (value < type.min) type.min = value;
  if (value > type.max) type.max = value;
  if (!ok) type.bad += 1;
  state[event.type] = type;
  return state;
}
`;
