/** The static check of the tables: bounded, every id that of its entry, none listed twice. */
import { formatHex } from '../codec/index.js';
import { bytesEqual, type GatosError, LIMITS } from '../kernel/index.js';
import { CONTRACT_DEF, type IrBundle, type Struct, SYMBOL_SIG, structId, TOOL_DEF, TYPE_DEF } from '../mythos/index.js';
import { irError } from './errors.js';

/** Whether the ids of tools are held against their definitions; the published pack names tools by other digests (design 4.9). */
export type ToolIds = 'checked' | 'as-stated';

interface Table<T> {
  readonly table: string;
  readonly entries: readonly T[];
  readonly struct: Struct<T>;
  /** The id that an entry states; a symbol states none. */
  readonly stated?: (entry: T) => Uint8Array;
}

function checkTable<T>({ table, entries, struct, stated }: Table<T>): readonly GatosError[] {
  const seen = new Map<string, number>();
  return entries.flatMap((entry, index): readonly GatosError[] => {
    const computed = structId(struct, entry);
    const id = stated?.(entry) ?? computed;
    const faults: GatosError[] = [];
    const bad = (why: string) => faults.push(irError('bad-table', { table, index, why }));
    if (!bytesEqual(id, computed)) bad(`states the id ${formatHex(id)}, and its definition has ${formatHex(computed)}`);
    const before = seen.get(formatHex(id));
    if (before !== undefined) bad(`has the id of entry ${before}`);
    else seen.set(formatHex(id), index);
    return faults;
  });
}

/** Sizes first: nothing else is looked at in a bundle that is too large. */
export function checkSizes(bundle: IrBundle): readonly GatosError[] {
  const sizes: readonly (readonly [string, readonly unknown[]])[] = [
    ['constants', bundle.const_pool.consts],
    ['nodes', bundle.node_pool.nodes],
    ['types', bundle.types.types],
    ['symbols', bundle.symbols.symbols],
    ['contracts', bundle.contracts.contracts],
    ['tools', bundle.tools.tools],
    ['operations', bundle.ops.ops],
    ['tasks', bundle.tasks.tasks],
  ];
  const limit = LIMITS.irItems;
  return sizes.flatMap(([what, { length }]) =>
    length > limit ? [irError('too-many', { what, count: length, limit })] : [],
  );
}

export function checkTables(bundle: IrBundle, toolIds: ToolIds): readonly GatosError[] {
  const { types, symbols, contracts, tools, tasks } = bundle;
  const tasksSeen = new Map<string, number>();
  const doubled = tasks.tasks.flatMap(({ task_id }, index) => {
    const before = tasksSeen.get(formatHex(task_id));
    tasksSeen.set(formatHex(task_id), before ?? index);
    return before === undefined
      ? []
      : [irError('bad-table', { table: 'tasks', index, why: `has the id of entry ${before}` })];
  });
  return [
    ...checkTable({ table: 'types', entries: types.types, struct: TYPE_DEF, stated: ({ type_id }) => type_id }),
    ...types.types.flatMap(checkType),
    ...checkTable({ table: 'symbols', entries: symbols.symbols, struct: SYMBOL_SIG }),
    ...checkTable({
      table: 'contracts',
      entries: contracts.contracts,
      struct: CONTRACT_DEF,
      stated: ({ contract_id }) => contract_id,
    }),
    ...(toolIds === 'as-stated'
      ? []
      : checkTable({ table: 'tools', entries: tools.tools, struct: TOOL_DEF, stated: ({ tool_id }) => tool_id })),
    ...doubled,
  ];
}

function checkType({ fields = [] }: IrBundle['types']['types'][number], index: number): readonly GatosError[] {
  const numbers = fields.map(({ field_id }) => field_id);
  if (new Set(numbers).size === numbers.length) return [];
  return [irError('bad-table', { table: 'types', index, why: 'has two fields of one number' })];
}
