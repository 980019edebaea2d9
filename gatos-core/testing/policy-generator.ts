/** Random policies that nearly always compile: one seed, one program. */
import type { Below } from './policy-documents.js';

type Kind = 'update' | 'commit' | 'change' | 'text' | 'int' | 'texts';

interface Variable {
  readonly name: string;
  readonly kind: Kind;
}

interface Rule {
  readonly name: string;
  readonly params: readonly Kind[];
  /** Its parameters are bound by whoever calls it. */
  readonly isTest: boolean;
}

const TEXTS = ['"a"', '"src/api/x"', '"refs/heads/main"', '"user:bob"', '"leads"', '"1.2.3"', '""', '"A b\\u{1F600}"'];
const GLOBS = ['"src/**"', '"*"', '"{a,src}/*"', '"[a-m]*"', '"**/x"', '"["'];
const FIELDS: Readonly<Record<'update' | 'commit' | 'change', readonly string[]>> = {
  update: ['ref', 'name', 'kind'],
  commit: ['id', 'subject', 'author.name'],
  change: ['path', 'op'],
};

class PolicyGenerator {
  readonly #below: Below;
  readonly #rules: Rule[] = [];
  #count = 0;
  #budget = 160;

  constructor(below: Below) {
    this.#below = below;
  }

  module(): string {
    const items = [
      `const k0 = [${this.#pick(TEXTS)}, ${this.#pick(TEXTS)}]`,
      `const k1 = ${this.#below(9)} * 1_000 - 3`,
    ];
    for (let at = this.#below(5); at > 0; at--) items.push(...this.#rule());
    for (let at = 1 + this.#below(3); at > 0; at--) items.push(this.#head());
    return `${items.join('\n')}\n`;
  }

  #pick<T>(of: readonly T[]): T {
    return of[this.#below(of.length)] as T;
  }

  #fresh(kind: Kind): Variable {
    return { name: `v${this.#count++}`, kind };
  }

  #rule(): readonly string[] {
    const name = `r${this.#rules.length}`;
    if (this.#below(4) === 0) {
      const param = this.#fresh(this.#pick<Kind>(['text', 'int', 'update']));
      const body = this.#body([param], 1 + this.#below(2));
      this.#rules.push({ name, params: [param.kind], isTest: true });
      return [`rule ${name}(${param.name}) if { ${param.name} == ${param.name}; ${body.text} }`];
    }
    const scope: Variable[] = [];
    const { text } = this.#body(scope, 2 + this.#below(4));
    const bound = scope.filter(({ kind }) => kind !== 'texts');
    const last = this.#fresh('text');
    const params = [...bound.slice(0, this.#below(3)), last];
    this.#rules.push({ name, params: params.map(({ kind }) => kind), isTest: false });
    const head = `rule ${name}(${params.map((each) => each.name).join(', ')})`;
    const items = [`${head} if { ${text}; ${last.name} in k0 }`];
    if (params.length === 2 && bound[0]?.kind === 'text')
      items.push(`rule ${name}(x, y) if { ${name}(x, z); ${name}(z, y) }`);
    return items;
  }

  #head(): string {
    const id = `h${this.#count++}`;
    if (this.#below(3) === 0) return this.#quorum(id);
    const scope: Variable[] = [];
    const { text } = this.#body(scope, 2 + this.#below(4));
    const shown = scope.slice(0, 2).map(({ name }) => `{${name}}`);
    const message = this.#below(4) === 0 ? '' : ` message "m ${shown.join(' ')}" hint "{k1}"`;
    if (this.#below(4) !== 0) return `${this.#pick(['deny', 'warn'])} "${id}"${message} when { ${text} }`;
    return `require "${id}"${message} for { ${text} } that { ${this.#body([...scope], 1 + this.#below(2)).text} }`;
  }

  /** What grants are for. */
  #quorum(id: string): string {
    const enough = `count { x | x in w; member("@leads", x) } >= ${this.#below(3)}`;
    const granted = this.#pick([
      `granted("a", u.ref, w); ${enough}`,
      `grant(_, _, u.ref, w); n = ${enough.replace('>=', '+')}; n > 1`,
      'granted(_, u.ref, w); "user:bob" in w',
    ]);
    const head = `message "{u.ref}" ${this.#pick(['when', 'for'])}`;
    if (head.endsWith('for')) return `require "${id}" ${head} { u in input.updates } that { ${granted} }`;
    return `deny "${id}" ${head} { u in input.updates; not { ${granted} } }`;
  }

  #body(scope: Variable[], literals: number): { readonly text: string } {
    const lines: string[] = [];
    for (let at = 0; at < literals; at++) lines.push(this.#literal(scope));
    return { text: lines.join('; ') };
  }

  #of(scope: readonly Variable[], kind: Kind): Variable | undefined {
    const fit = scope.filter((each) => each.kind === kind);
    return fit.length === 0 ? undefined : this.#pick(fit);
  }

  #bind(scope: Variable[], kind: Kind, line: (name: string) => string): string {
    const variable = this.#fresh(kind);
    const text = line(variable.name);
    scope.push(variable);
    return text;
  }

  #literal(scope: Variable[]): string {
    this.#budget -= 1;
    const small = this.#budget <= 0;
    const kinds = small ? 3 : 14;
    switch (this.#below(kinds)) {
      case 0:
        return this.#bind(scope, 'update', (name) => `${name} in input.updates`);
      case 1:
        return this.#element(scope);
      case 2:
        return this.#condition(scope);
      case 3:
        return `not { ${this.#body([...scope], 1 + this.#below(2)).text} }`;
      case 4: {
        const inner = this.#fresh('text');
        return `every ${inner.name} in ${this.#texts(scope)} { ${this.#body([...scope, inner], 1).text} }`;
      }
      case 5:
        return this.#bind(scope, 'int', (name) => `${name} = ${this.#int(scope, 2)}`);
      case 6:
        return this.#bind(scope, 'text', (name) => `${name} = ${this.#text(scope, 2)}`);
      case 7:
        return this.#bind(
          scope,
          'texts',
          (name) => `granted(${this.#text(scope, 0)}, ${this.#text(scope, 1)}, ${name}); ${name} != k0`,
        );
      case 8:
        return this.#bind(scope, 'text', (name) => `member(${this.#pick(['"@leads"', '"leads"', '"none"'])}, ${name})`);
      case 9:
      case 10:
        return this.#call(scope);
      case 11:
        return this.#bind(scope, 'text', (name) => `${name} in ${this.#texts(scope)}`);
      default:
        return this.#condition(scope);
    }
  }

  #element(scope: Variable[]): string {
    const [update, commit] = [this.#of(scope, 'update'), this.#of(scope, 'commit')];
    if (commit !== undefined && this.#below(2) === 0)
      return this.#bind(scope, 'change', (name) => `${name} in ${commit.name}.changes`);
    if (update !== undefined) return this.#bind(scope, 'commit', (name) => `${name} in ${update.name}.commits`);
    return this.#bind(scope, 'update', (name) => `${name} in input.updates`);
  }

  #call(scope: Variable[]): string {
    if (this.#rules.length === 0) return this.#condition(scope);
    const { name, params, isTest } = this.#pick(this.#rules);
    const known = params.map((kind) => this.#of(scope, kind));
    if (isTest && known.includes(undefined)) return this.#condition(scope);
    const args = params.map((kind, at) => {
      const bound = known[at];
      if (bound !== undefined && (isTest || this.#below(2) === 0)) return bound.name;
      if (this.#below(3) === 0) return '_';
      const variable = this.#fresh(kind);
      scope.push(variable);
      return variable.name;
    });
    return `${name}(${args.join(', ')})`;
  }

  #condition(scope: Variable[]): string {
    switch (this.#below(7)) {
      case 0:
        return `${this.#int(scope, 1)} ${this.#pick(['<', '<=', '>', '>=', '==', '!='])} ${this.#int(scope, 1)}`;
      case 1:
        return `${this.#text(scope, 1)} ${this.#pick(['<', '>=', '==', '!='])} ${this.#text(scope, 1)}`;
      case 2:
        return `glob.match(${this.#pick(GLOBS)}, ${this.#text(scope, 1)})`;
      case 3:
        return `${this.#text(scope, 1)} ${this.#pick(['in', 'not in'])} ${this.#texts(scope)}`;
      case 4:
        return `${this.#pick(['starts_with', 'contains', 'path.within'])}(${this.#text(scope, 1)}, ${this.#text(scope, 1)})`;
      case 5: {
        const update = this.#of(scope, 'update');
        return update === undefined ? 'true' : `${this.#pick(['', 'not '])}${update.name}.fast_forward`;
      }
      default:
        return `count { x | x in ${this.#texts(scope)}; member("@leads", x) } ${this.#pick(['>=', '<', '=='])} ${this.#below(3)}`;
    }
  }

  #text(scope: Variable[], depth: number): string {
    const kind = this.#pick(['update', 'commit', 'change'] as const);
    const record = this.#of(scope, kind);
    if (record !== undefined && this.#below(2) === 0) return `${record.name}.${this.#pick(FIELDS[kind])}`;
    if (depth > 0 && this.#below(3) === 0) {
      const inner = this.#text(scope, depth - 1);
      return this.#pick([
        `lower(${inner})`,
        `path.dir(${inner})`,
        `${inner} + "x"`,
        `replace(${inner}, ${this.#text(scope, 0)}, "y")`,
        `join(split(${inner}, "/"), ",")`,
        `max { x | x in ${this.#texts(scope)} }`,
      ]);
    }
    return this.#of(scope, 'text')?.name ?? this.#pick(TEXTS);
  }

  #int(scope: Variable[], depth: number): string {
    if (depth > 0 && this.#below(2) === 0) {
      const [a, b] = [this.#int(scope, depth - 1), this.#int(scope, depth - 1)];
      return this.#pick([
        `${a} + ${b}`,
        `${a} * (${b} - 1)`,
        `div(${a}, ${b})`,
        `mod(${a}, ${b})`,
        `length(${this.#text(scope, 0)})`,
        `count { x | x in ${this.#texts(scope)} }`,
        `semver.major(${this.#text(scope, 0)})`,
        `time.hour(${a}, 60)`,
        'min { x.size | y in input.updates; z in y.commits; x in z.changes; x.size != null }',
      ]);
    }
    return (
      this.#of(scope, 'int')?.name ?? this.#pick(['0', '1', '2', '-3', '9007199254740991', 'k1', 'input.received'])
    );
  }

  #texts(scope: Variable[]): string {
    const list = this.#of(scope, 'texts');
    if (list !== undefined && this.#below(2) === 0) return list.name;
    return this.#pick([
      'k0',
      'input.options',
      `[${this.#text(scope, 0)}]`,
      `[x | x in k0; x != ${this.#text(scope, 0)}]`,
      'get(input.groups, "leads", [])',
      'sort(input.options)',
      `concat(k0, input.options)`,
    ]);
  }
}

/** The text of a module. */
export function randomPolicy(below: Below): string {
  return new PolicyGenerator(below).module();
}
