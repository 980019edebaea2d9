/** What a consumer remembers, against the plainest memory that there is. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUS_AUTHOR, busPorts } from '../../testing/bus-world.js';
import { concatBytes } from '../kernel/index.js';
import { openConsumer, publishMessages } from './index.js';
import { Mark, type Novelty, Window } from './window.js';

const SEED = Number(process.env.GATOS_SEED ?? 20261120);

/** A mark of a key and a content, both small numbers. */
function mark(key: number, content: number): Mark {
  return Mark.parse(concatBytes([new Uint8Array(16).fill(key), new Uint8Array(16).fill(content)]));
}

interface Said {
  readonly key: number;
  readonly content: number;
}

/** The last so many that were new, the oldest first. */
class PlainWindow {
  #seen: Said[] = [];

  constructor(private readonly size: number) {}

  judge({ key, content }: Said): Novelty {
    const known = this.#seen.find((each) => each.key === key);
    if (known === undefined) return 'new';
    return known.content === content ? 'duplicate' : 'conflict';
  }

  add(said: Said): void {
    if (this.#seen.every(({ key }) => key !== said.key)) this.#seen = [...this.#seen, said].slice(-this.size);
  }
}

const said = (keys: number): fc.Arbitrary<Said> => fc.record({ key: fc.nat(keys), content: fc.nat(1) });

describe('a window', () => {
  it(`judges as a list of what was new last (seed ${SEED})`, () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(said(15), { maxLength: 120 }), (size, all) => {
        const [window, plain] = [new Window(size), new PlainWindow(size)];
        for (const each of all) {
          const { key, content } = each;
          expect(window.judge(mark(key, content))).toBe(plain.judge(each));
          window.add(mark(key, content));
          plain.add(each);
        }
        for (let key = 0; key <= 15; key++) expect(window.judge(mark(key, 0))).toBe(plain.judge({ key, content: 0 }));
      }),
      { seed: SEED, numRuns: Number(process.env.GATOS_FUZZ_RUNS ?? 500) },
    );
  });
});

describe('a consumer', () => {
  it(`handles, passes over and refuses as that list says, and so does another process of it (seed ${SEED})`, async () => {
    const size = fc.integer({ min: 1, max: 4 });
    const stops = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        size,
        fc.array(said(5), { minLength: 1, maxLength: 14 }),
        stops,
        async (window, given, again) => {
          const world = busPorts();
          // One message a segment, and no key twice in a row: in the active segment the publisher itself keeps keys apart.
          const limits = { maxMessages: 1 };
          const all = given.filter(({ key }, i) => key !== given[i - 1]?.key);
          for (const { key, content } of all) {
            const messages = [{ payload: content, key: String(key) }];
            await publishMessages(world, { ...BUS_AUTHOR, topic: 't', messages, limits });
          }
          const open = () => openConsumer(world, { ...BUS_AUTHOR, topic: 't', consumer: 'c', window });
          const plain = new PlainWindow(window);
          const want = all.map((each) => {
            const novelty = plain.judge(each);
            if (novelty === 'new') plain.add(each);
            return novelty;
          });
          const got: Novelty[] = [];
          for (let life = 0; life <= all.length; life++) {
            const consumer = await open();
            for await (const { messages, duplicates, conflicts, offset } of consumer.deliveries()) {
              expect(messages.length + duplicates.length + conflicts.length).toBe(1);
              got.push(messages.length === 1 ? 'new' : duplicates.length === 1 ? 'duplicate' : 'conflict');
              await consumer.ack(offset);
              if (again[life % again.length] === true) break;
            }
          }
          expect(got).toEqual(want);
          const last = await open();
          expect([last.handled, last.conflicts]).toEqual(
            ['new', 'conflict'].map((novelty) => want.filter((each) => each === novelty).length),
          );
        },
      ),
      { seed: SEED, numRuns: Number(process.env.GATOS_FUZZ_RUNS ?? 60) },
    );
  });
});
