/** What holds of every route of the table, whatever it does: who gets in, what is refused, and that all of it is told in the document. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ask, codeOf, HttpWorld, type Said } from './fixtures/scratch-http.js';
import { declaredAnswers, SEEN, undeclaredAnswers } from './fixtures/scratch-openapi.js';
import type { Method, Route } from './route.js';
import { ROUTES } from './routes.js';
import { SCOPE_NAMES } from './scopes.js';
import type { ServedHttp } from './server.js';

const HEX = 'ab'.repeat(32);

let world: HttpWorld;
let served: ServedHttp;
let busy: ServedHttp;
let narrow: ServedHttp;
beforeAll(async () => {
  world = new HttpWorld();
  await world.open();
  served = await world.serve();
  busy = await world.serve({ concurrent: 0 });
  narrow = await world.serve({ burst: 0 });
});
afterAll(() => world.end());

const pathOf = ({ path }: Route, hex = HEX): string =>
  path.replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === 'tool' && hex === HEX ? 'echo' : hex));

/** `GET`, and `HEAD` where that is possible. */
const methodsOf = ({ method }: Route): readonly (Method | 'HEAD')[] => (method === 'GET' ? ['GET', 'HEAD'] : [method]);

const cases = ROUTES.flatMap((route) => methodsOf(route).map((method) => ({ id: route.id, method, route })));
const guarded = cases.filter(({ route }) => route.access !== 'open');

const ask = (at: ServedHttp, method: string, path: string, more: Ask = {}): Promise<Said> =>
  world.ask(at, path, { method, ...more });

function expectCode(said: Said, method: string, status: number, code: string): void {
  expect(said.status).toBe(status);
  if (method !== 'HEAD') expect(codeOf(said)).toBe(code);
}

describe.each(guarded)('$method $id', ({ method, route }) => {
  it('lets nobody in without a good token', async () => {
    for (const [token, code] of [
      [null, 'http/no-token'],
      [`gatos_${'x'.repeat(43)}`, 'http/bad-token'],
      ['', 'http/bad-token'],
    ] as const) {
      const said = await ask(served, method, pathOf(route), { token });
      expectCode(said, method, 401, code);
      expect(said.headers.get('www-authenticate')).toMatch(/^Bearer realm="gatos"/);
    }
  });

  it('lets nobody in without its scope', async () => {
    const { access } = route;
    if (access === 'any' || access === 'open') return;
    const { secret } = await world.newToken({ scopes: SCOPE_NAMES.filter((scope) => scope !== access) });
    expectCode(await ask(served, method, pathOf(route), { token: secret }), method, 403, 'http/missing-scope');
  });

  it('is refused where there is no place, and to who asks too fast', async () => {
    expectCode(await ask(busy, method, pathOf(route)), method, 503, 'http/busy');
    expectCode(await ask(narrow, method, pathOf(route)), method, 429, 'http/too-fast');
  });
});

describe.each(cases)('$method $id', ({ method, route }) => {
  it('takes no parameter that it does not know, and none out of form', async () => {
    expectCode(await ask(served, method, `${pathOf(route)}?unknown=1`), method, 400, 'http/bad-parameter');
    for (const name of Object.keys(route.query ?? {}))
      expectCode(await ask(served, method, `${pathOf(route)}?${name}=%00`), method, 400, 'http/bad-parameter');
    if (route.params !== undefined)
      expectCode(await ask(served, method, pathOf(route, 'NOT-IN-FORM')), method, 400, 'http/bad-parameter');
    for (const name of Object.keys(route.headers ?? {}).filter((each) => each !== 'Accept'))
      expectCode(
        await ask(served, method, pathOf(route), { headers: { [name]: `${'x'.repeat(1100)}` } }),
        method,
        400,
        'http/bad-parameter',
      );
  });

  it('answers in the types that it has', async () => {
    const media = Object.keys(route.answers[0]?.media ?? {});
    const said = await ask(served, method, pathOf(route), { headers: { accept: 'image/x-none' } });
    if (media.length === 0 || media.includes('*/*')) expect(said.status).not.toBe(406);
    else expectCode(said, method, 406, 'http/not-acceptable');
  });
});

it('the document tells of all of that', () => {
  const seen = [...SEEN];
  const declared = declaredAnswers();
  expect(seen.filter((each) => !declared.includes(each))).toEqual([]);
  const refusals = declared.filter((each) => / (401|406|429)$/.test(each));
  expect(refusals.filter((each) => !seen.includes(each))).toEqual([]);
});

it('what is answered and not told is found in the log, whoever looked', () => {
  const [first] = world.log;
  if (first === undefined) throw new Error('nothing was asked');
  const log = (
    [
      ['GET', 'getBlob', 410, 'blobs/removed'],
      ['GET', 'getBlob', 418, 'a/b'],
      ['HEAD', 'getBlobBytes', 206, null],
      ['GET', 'about', 500, 'http/bug'],
      ['GET', null, 404, 'http/no-such-path'],
    ] as const
  ).map(([method, route, status, code]) => ({ ...first, method, route, status, code }));
  expect(undeclaredAnswers(log)).toEqual(['getBlob 418 (a/b)', 'getBlobBytesHead 206 (null)']);
});
