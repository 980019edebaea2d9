/** A program as text again, for those who audit what is in force rather than what was written. */

import { BodyWriter, nameSlots } from './decompile-body.js';
import type { Clause, Head, Program, Scope } from './ir.js';
import { quoteText } from './text-of-value.js';
import { clauseUses, headUses } from './walk.js';

export interface DecompiledModule {
  /** `house/times.rgs`: by the name of the module. */
  readonly file: string;
  readonly text: string;
}

/**
 * The modules of a program as text: constants are folded in, literals stand in the order in which they are tried. Compiling them
 * gives the same program, apart from places, file names and digests, and names of variables that the compiler made.
 */
export function decompile(program: Program): readonly DecompiledModule[] {
  return program.modules.map(({ name }, index) => ({
    file: `${name.replaceAll('.', '/')}.rgs`,
    text: new ModuleWriter(program, index).text(),
  }));
}

class ModuleWriter {
  readonly #name: string;
  readonly #rules: readonly { readonly rule: string; readonly clause: Clause }[];
  readonly #heads: readonly Head[];
  readonly #imports: readonly string[];
  /** What a variable cannot be called. */
  readonly #taken: ReadonlySet<string>;

  constructor(
    readonly program: Program,
    readonly index: number,
  ) {
    this.#name = program.modules[index]?.name ?? '';
    this.#rules = program.predicates
      .filter(({ name }) => moduleOf(name) === this.#name)
      .flatMap(({ name, clauses }) => clauses.map((clause) => ({ rule: name.slice(this.#name.length + 1), clause })));
    this.#heads = program.heads.filter(({ place: [module] }) => module === index);
    const uses = [...this.#rules.flatMap(({ clause }) => clauseUses(clause)), ...this.#heads.flatMap(headUses)];
    const used = new Set(uses.map(({ predicate }) => moduleOf(program.predicates[predicate]?.name ?? '')));
    used.delete(this.#name);
    this.#imports = program.modules.map(({ name }) => name).filter((name) => used.has(name));
    this.#taken = new Set(this.#imports.map((name) => name.split('.', 1)[0] ?? name));
  }

  text(): string {
    const imports = this.#imports.map((name) => `import ${name}\n`).join('');
    const rules = this.#rules.map(({ rule, clause }) => this.#rule(rule, clause));
    const parts = [`module ${this.#name}\n`, imports, ...rules, ...this.#heads.map((head) => this.#head(head))];
    return parts.filter((part) => part !== '').join('\n');
  }

  #writer(scope: Scope): BodyWriter {
    return new BodyWriter(nameSlots(scope, this.#taken), (predicate) => {
      const name = this.program.predicates[predicate]?.name ?? '';
      return moduleOf(name) === this.#name ? name.slice(this.#name.length + 1) : name;
    });
  }

  #rule(rule: string, clause: Clause): string {
    const writer = this.#writer(clause);
    const head = `rule ${rule}(${clause.head.map((param) => writer.expr(param)).join(', ')})`;
    return clause.body.length === 0 ? `${head}\n` : `${head} if ${writer.block(clause.body)}\n`;
  }

  #head(head: Head): string {
    const writer = this.#writer(head);
    const lines = [`${head.form} ${quoteText(head.id)}`];
    if (head.message.length > 0) lines.push(`  message ${writer.template(head.message)}`);
    if (head.because !== null) lines.push(`  because ${quoteText(head.because)}`);
    if (head.hint !== null) lines.push(`  hint ${writer.template(head.hint)}`);
    const last = head.body.at(-1);
    if (head.form === 'require' && last?.op === 'not') {
      lines.push(`for ${writer.block(head.body.slice(0, -1))}`, `that ${writer.block(last.body)}`);
    } else lines.push(`when ${writer.block(head.body)}`);
    return `${lines.join('\n')}\n`;
  }
}

const moduleOf = (predicate: string): string => predicate.slice(0, Math.max(0, predicate.lastIndexOf('.')));
