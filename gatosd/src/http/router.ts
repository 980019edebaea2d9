/** From the target of a request to its route. Paths have one spelling: nothing is decoded, so nothing can be smuggled past. */
import { httpError } from './errors.js';
import { checkParameter, type Parameter } from './parameters.js';
import type { Route } from './route.js';

export interface Matched {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
  /** `HEAD`: as `GET`, without the body. */
  readonly head: boolean;
}

interface Compiled {
  readonly route: Route;
  readonly parts: readonly string[];
}

const PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/;
const MOST_PATH = 512;

export class Router {
  readonly #compiled: readonly Compiled[];

  constructor(routes: readonly Route[]) {
    this.#compiled = routes.map((route) => ({ route, parts: route.path.split('/').slice(1) }));
  }

  /** Throws `http/no-such-path`, `http/method`, `http/bad-parameter`. */
  match(method: string, path: string): Matched {
    const parts = path.length <= MOST_PATH && PATH.test(path) ? path.split('/').slice(1) : [];
    const there = this.#compiled.filter((each) => fits(each.parts, parts));
    if (there.length === 0) throw httpError('no-such-path', { path: path.slice(0, MOST_PATH) });
    const head = method === 'HEAD';
    const found = there.find(({ route }) => route.method === (head ? 'GET' : method));
    if (found === undefined) throw httpError('method', { method: method.slice(0, 16), allowed: methodsOf(there) });
    return { route: found.route, params: paramsOf(found, parts), head };
  }
}

/** A fixed part goes before a parameter: no two routes of the table fit one path, which a test holds. */
function fits(pattern: readonly string[], parts: readonly string[]): boolean {
  return pattern.length === parts.length && pattern.every((part, i) => part.startsWith('{') || part === parts[i]);
}

function methodsOf(there: readonly Compiled[]): readonly string[] {
  const methods = there.map(({ route }) => route.method);
  return methods.includes('GET') ? ['HEAD', ...methods] : methods;
}

function paramsOf({ route, parts: pattern }: Compiled, parts: readonly string[]): Readonly<Record<string, string>> {
  const { params: declared = {} } = route;
  const params: Record<string, string> = {};
  pattern.forEach((part, i) => {
    if (!part.startsWith('{')) return;
    const name = part.slice(1, -1);
    const value = parts[i] as string;
    const { schema } = declared[name] as Parameter;
    checkParameter(schema, value, { where: 'path', name });
    params[name] = value;
  });
  return params;
}
