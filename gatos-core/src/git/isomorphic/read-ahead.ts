/** Reads that are started before they are asked for, in order and within a bound. */
import { invariant } from '../../kernel/index.js';

const READ_AHEAD = 16;

/**
 * What `read` gives for each key, in the order of the keys. Starts up to 16 reads ahead, and hands out what it has while it
 * waits for more keys: the source may itself wait for what we have.
 */
export async function* readAhead<K, V extends object>(
  keys: AsyncIterable<K> | Iterable<K>,
  read: (key: K) => Promise<V>,
): AsyncGenerator<V, void, undefined> {
  const source = Symbol.asyncIterator in keys ? keys[Symbol.asyncIterator]() : keys[Symbol.iterator]();
  const ask = (): Promise<Answer<K>> => noted(Promise.resolve(source.next()).then((asked) => ({ asked })));
  const started: Promise<V>[] = [];
  let asking: Promise<Answer<K>> | null = ask();
  try {
    while (asking !== null || started.length > 0) {
      const first: Promise<V> | undefined = started[0];
      if (asking !== null && started.length < READ_AHEAD) {
        const turn: Answer<K> | V = first === undefined ? await asking : await Promise.race([asking, first]);
        if (isAnswer(turn)) {
          asking = turn.asked.done === true ? null : ask();
          if (turn.asked.done !== true) started.push(noted(read(turn.asked.value)));
          continue;
        }
      }
      invariant(first !== undefined, 'a read is under way');
      started.shift();
      yield await first;
    }
  } finally {
    if (asking !== null) abandon(source);
  }
}

interface Answer<K> {
  readonly asked: IteratorResult<K>;
}

function isAnswer<K, V extends object>(turn: Answer<K> | V): turn is Answer<K> {
  return 'asked' in turn;
}

/** Tells a source that nobody asks any more, without waiting for it: it may be waiting for us. */
function abandon(source: AsyncIterator<unknown> | Iterator<unknown>): void {
  const end = async () => {
    await source.return?.();
  };
  noted(end());
}

/** The same promise; that it may reject before anybody waits for it is known. */
function noted<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
