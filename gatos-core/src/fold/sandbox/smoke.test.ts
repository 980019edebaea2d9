import { expect, it } from 'vitest';
import { loadEngine } from '../../../node/fold/index.js';

it('smoke', async () => {
  const t0 = performance.now();
  const engine = await loadEngine();
  console.log(engine.id, performance.now() - t0);
  const t1 = performance.now();
  const sandbox = await engine.instantiate({
    source: `export function fold(state, event) { const c = state.counts ?? {}; c[event.type] = (c[event.type] ?? 0) + 1; return { counts: c, sum: (state.sum ?? 0) + event.payload.n, all: [...(state.all ?? []), event.key] }; }`,
    gas: 1000,
    memory: 64 * 1024 * 1024,
  });
  console.log('instantiate', performance.now() - t1);
  const t2 = performance.now();
  sandbox.reset({});
  console.log('reset', performance.now() - t2);
  const result = sandbox.run({
    rows: JSON.stringify([
      ['u1', 'a', null, { n: 1.5 }],
      ['u2', 'b', 'k', { n: 2 }],
    ]),
    groups: [{ actor: 'user:a', time: 5, count: 2 }],
    count: 2,
  });
  console.log(result, sandbox.snapshot());
  for (let i = 0; i < 5; i++) {
    const t = performance.now();
    sandbox.reset({ a: 1 });
    console.log('reset', performance.now() - t);
  }
  expect(1).toBe(1);
});
