/** The intermediate representation: constants, nodes, types, symbols, contracts, tools, operations, tasks (RFC-MYTHOS-0001 A.14). */

import { META } from './core.js';
import { any, bool, bytes, code, type Field, hash, i64, later, list, map, text, u8, u16, u32, u64 } from './fields.js';
import { f, type Infer, opt, type Struct, struct, type UnknownField } from './struct.js';

/** Operation codes by name. */
export const OPCODE = {
  NOP: 0x01,
  HALT: 0x02,
  JMP: 0x10,
  JZ: 0x11,
  CALL: 0x12,
  RET: 0x13,
  CONST: 0x20,
  MAKE: 0x21,
  GET: 0x22,
  SET: 0x23,
  LIST: 0x24,
  MATCH: 0x25,
  REQUIRE_CAP: 0x30,
  EFFECT: 0x31,
  ASSERT: 0x32,
  BLOB_PUT: 0x40,
  BLOB_GET: 0x41,
  BLOB_CHUNK_GET: 0x42,
} as const;
export type OpName = keyof typeof OPCODE;

const OP_NAME = Object.fromEntries(Object.entries(OPCODE).map(([name, opcode]) => [opcode, name]));

export const OPERAND = struct('Operand', {
  kind: f(1, code({ 1: 'Reg', 2: 'ConstRef', 3: 'NodeRef', 4: 'U64', 5: 'I64', 6: 'Hash' }), 'which field says it'),
  u64: opt(2, u64, 'a register, or a number'),
  i64: opt(3, i64, 'a signed number'),
  hash: opt(4, hash, 'a digest'),
  node_ref: opt(5, u32, 'index of a node'),
  const_ref: opt(6, u32, 'index of a constant'),
});
export type Operand = Infer<typeof OPERAND>;

const CONST_KIND = code({ 1: 'I64', 2: 'U64', 3: 'Bytes', 4: 'Text', 5: 'Hash' });

export const CONST = struct('Const', {
  kind: f(1, CONST_KIND, 'which field says it'),
  i64: opt(2, i64, 'a signed number'),
  u64: opt(3, u64, 'a number'),
  bytes: opt(4, bytes, 'bytes'),
  text: opt(5, text, 'text'),
  hash: opt(6, hash, 'a digest'),
});
export type Const = Infer<typeof CONST>;

/** Constants as the published vector pack numbers them: text in field 4 (design 4.8). */
export const CONST_OF_PACK: Struct<Const> = struct('Const', {
  kind: f(1, CONST_KIND, 'which field says it'),
  i64: opt(2, i64, 'a signed number'),
  u64: opt(3, u64, 'a number'),
  text: opt(4, text, 'text'),
  bytes: opt(5, bytes, 'bytes'),
  hash: opt(6, hash, 'a digest'),
});

export const NODE = struct('Node', {
  type_id: f(1, hash, 'its type'),
  kind: f(2, code({ 1: 'Record', 2: 'List' }), 'which field says it'),
  fields: opt(3, map('u32', OPERAND.field), 'fields by number'),
  items: opt(4, list(OPERAND.field), 'items'),
});
export type Node = Infer<typeof NODE>;

export const FIELD_DEF = struct('FieldDef', {
  field_id: f(1, u32, 'its number'),
  name: opt(2, text, 'for people'),
  field_type_id: f(3, hash, 'its type'),
  required: f(4, bool, 'must it be there?'),
});
export type FieldDef = Infer<typeof FIELD_DEF>;

export const TYPE_DEF = struct(
  'TypeDef',
  {
    type_id: f(1, hash, 'SHA-256 of the definition without id and names'),
    kind: f(2, code({ 1: 'Record', 2: 'Enum' }), 'which field says it'),
    name: opt(3, text, 'for people'),
    fields: opt(4, list(FIELD_DEF.field), 'the fields of a record'),
    enum_tags: opt(5, list(text), 'the tags of an enum'),
  },
  {
    id: 'type_id',
    nameless: ({ name: _, fields, ...rest }: { name?: string; fields?: readonly FieldDef[] }) => ({
      ...rest,
      fields: fields?.map(({ name: __, ...field }) => field),
    }),
  },
);
export type TypeDef = Infer<typeof TYPE_DEF>;

const nameless = ({ name: _, ...rest }: { name?: string | undefined }): object => rest;

/** Its id is SHA-256 of the signature without the name; it has no field for it. */
export const SYMBOL_SIG = struct(
  'SymbolSig',
  {
    module_id: f(1, hash, 'the module'),
    name: opt(2, text, 'for people'),
    arg_type_ids: f(3, list(hash), 'types of the arguments'),
    return_type_id: f(4, hash, 'type of the result'),
  },
  { nameless },
);
export type SymbolSig = Infer<typeof SYMBOL_SIG>;

/** Where a predicate looks: the field numbers from an episode or from a signal on. */
export const FIELD_PATH = struct('FieldPath', {
  root: f(1, code({ 1: 'Episode', 2: 'Signal' }), 'where it starts'),
  segments: f(2, list(u32), 'field numbers'),
});
export type FieldPath = Infer<typeof FIELD_PATH>;

/** A predicate (RFC-MYTHOS-0003 section 4.2). */
export interface Expr {
  readonly op: number;
  readonly args?: readonly Expr[] | undefined;
  readonly path?: FieldPath | undefined;
  readonly lit?: Operand | undefined;
  readonly set?: readonly Operand[] | undefined;
  readonly unknown?: readonly UnknownField[] | undefined;
}

const EXPR_OP = code({
  1: 'TRUE',
  2: 'FALSE',
  10: 'EQ',
  11: 'NE',
  12: 'LT',
  13: 'LE',
  14: 'GT',
  15: 'GE',
  20: 'AND',
  21: 'OR',
  22: 'NOT',
  30: 'IN_SET',
  40: 'HAS_TOOL',
  41: 'HAS_STATUS',
});

const EXPR_FIELD: Field<Expr> = later('Expr', () => EXPR.field);

export const EXPR: Struct<Expr> = struct('Expr', {
  op: f(1, EXPR_OP, 'what it asks'),
  args: opt(2, list(EXPR_FIELD), 'of what'),
  path: opt(3, FIELD_PATH.field, 'which field it looks at'),
  lit: opt(4, OPERAND.field, 'compared with what'),
  set: opt(5, list(OPERAND.field), 'in which set'),
});

export const CONTRACT_DEF = struct(
  'ContractDef',
  {
    contract_id: f(1, hash, 'SHA-256 of the definition without id and name'),
    name: opt(2, text, 'for people'),
    requires_expr: f(3, EXPR_FIELD, 'what has to hold before'),
    ensures_expr: f(4, EXPR_FIELD, 'what holds after'),
    invariant_expr: opt(5, EXPR_FIELD, 'what holds throughout'),
  },
  { id: 'contract_id', nameless },
);
export type ContractDef = Infer<typeof CONTRACT_DEF>;

/** Ours: how a tool acts. Part of its id, so that one that acts in another way is another tool (ADR 0018). */
export const TOOL_EFFECT = struct('ToolEffect', {
  effect: f(1, code({ 1: 'read', 2: 'write', 3: 'external', 4: 'irreversible' }), 'what it changes'),
  retry_safe: f(2, bool, 'may it be invoked again when the outcome of a call is unknown?'),
  cacheable: f(3, bool, 'does an equal request always have the same response?'),
  does: f(4, hash, 'SHA-256 of the line that says what it does'),
});
export type ToolEffect = Infer<typeof TOOL_EFFECT>;

export const TOOL_DEF = struct(
  'ToolDef',
  {
    tool_id: f(1, hash, 'SHA-256 of the definition without id and name'),
    name: opt(2, text, 'for people'),
    request_type_id: f(3, hash, 'type of the request'),
    response_type_id: f(4, hash, 'type of the response'),
    effect: opt(32, TOOL_EFFECT.field, 'how it acts (an extension of GATOS)'),
  },
  { id: 'tool_id', nameless },
);
export type ToolDef = Infer<typeof TOOL_DEF>;

export const OP = struct('Op', {
  opcode: f(
    1,
    { ...u8, view: (value) => (OP_NAME[value] === undefined ? value : `${value} ${OP_NAME[value]}`) },
    'what to do',
  ),
  operands: f(2, list(OPERAND.field), 'with what'),
});
export type Op = Infer<typeof OP>;

export const BUDGET = struct('Budget', {
  cpu_us: f(1, u64, 'processor time, in µs'),
  tokens: opt(2, u64, 'tokens'),
  io_count: f(3, u32, 'effects'),
  state_writes: f(4, u32, 'writes of state'),
  deadline_us: opt(5, u64, 'time, in µs'),
  max_depth: opt(6, u16, 'calls inside one another'),
  max_spawn: opt(7, u16, 'workers'),
});
export type Budget = Infer<typeof BUDGET>;

export const TASK_DEF = struct('TaskDef', {
  task_id: f(1, hash, 'chosen by who asks'),
  entry_symbol: f(2, hash, 'where it starts'),
  args: f(3, list(OPERAND.field), 'with what'),
  budget: f(4, BUDGET.field, 'how much it may take'),
  emit_trace: f(5, bool, 'is a trace wanted?'),
  emit_attestation: f(6, bool, 'is an attestation wanted?'),
});
export type TaskDef = Infer<typeof TASK_DEF>;

export const NODE_POOL = struct('NodePool', { nodes: f(1, list(NODE.field), 'nodes, by index') });
export const TYPE_TABLE = struct('TypeTable', { types: f(1, list(TYPE_DEF.field), 'types') });
export const SYMBOL_TABLE = struct('SymbolTable', { symbols: f(1, list(SYMBOL_SIG.field), 'symbols') });
export const CONTRACT_TABLE = struct('ContractTable', { contracts: f(1, list(CONTRACT_DEF.field), 'contracts') });
export const TOOL_TABLE = struct('ToolTable', { tools: f(1, list(TOOL_DEF.field), 'tools') });
export const OP_STREAM = struct('OpStream', { ops: f(1, list(OP.field), 'operations, in order') });
export const TASK_TABLE = struct('TaskTable', { tasks: f(1, list(TASK_DEF.field), 'tasks') });

const constPool = (constant: Struct<Const>) =>
  struct('ConstPool', { consts: f(1, list(constant.field), 'constants, by index') });

export const CONST_POOL = constPool(CONST);

const bundle = (constants: Struct<Infer<typeof CONST_POOL>>) =>
  struct('IRBundle', {
    meta: f(1, META.field, 'who made it'),
    const_pool: f(2, constants.field, 'constants'),
    node_pool: f(3, NODE_POOL.field, 'nodes'),
    types: f(4, TYPE_TABLE.field, 'types'),
    symbols: f(5, SYMBOL_TABLE.field, 'symbols'),
    contracts: f(6, CONTRACT_TABLE.field, 'contracts'),
    tools: f(7, TOOL_TABLE.field, 'tools'),
    ops: f(8, OP_STREAM.field, 'operations'),
    tasks: f(9, TASK_TABLE.field, 'tasks'),
  });

export const IR_BUNDLE = bundle(CONST_POOL);
export type IrBundle = Infer<typeof IR_BUNDLE>;

/** A bundle as the published vector pack numbers its constants (design 4.8). */
export const IR_BUNDLE_OF_PACK = bundle(constPool(CONST_OF_PACK));

/** Ours: what a tool is sent. Receipts carry the digest of exactly these bytes. */
export const TOOL_REQUEST = struct('ToolRequest', {
  tool_id: f(1, hash, 'the tool'),
  idempotency_key: opt(2, bytes, 'the key of the caller'),
  body: f(3, any, 'the request: the JSON data model with integers'),
});
export type ToolRequest = Infer<typeof TOOL_REQUEST>;

/** Ours: what a tool answers. */
export const TOOL_RESPONSE = struct('ToolResponse', {
  status: f(1, u16, '200 is done'),
  body: opt(2, any, 'the response: the JSON data model with integers'),
  error: opt(3, text, 'what went wrong'),
});
export type ToolResponse = Infer<typeof TOOL_RESPONSE>;
