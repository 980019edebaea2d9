/** The state of one run: registers, what was required, what was spent, and the trace as it grows. */
import { sha256 } from '#hash';
import { encodeCan } from '../codec/index.js';
import { bytesEqual, invariant, LIMITS } from '../kernel/index.js';
import { checkStruct, RECEIPT, type Receipt, SCOPE_KIND, type ScopeName, type TraceStep } from '../mythos/index.js';
import { irError } from './errors.js';
import type { Meter, Place } from './meter.js';
import type { EffectContext, HeldCapability, IrPorts } from './ports.js';
import { encodeValue, type IrValue, type ValueType } from './values.js';

const SCOPE_NAME = new Map<number, string>(Object.entries(SCOPE_KIND).map(([name, kind]) => [kind, name]));

export interface MachineRequest {
  readonly ports: IrPorts;
  readonly meter: Meter;
  /** SHA-256 of the bundle. */
  readonly bundle: Uint8Array;
  readonly taskId: Uint8Array;
  readonly signal: EffectContext['signal'];
}

/** What the receipt of an answer has to say. */
export interface Claim {
  readonly toolId: Uint8Array;
  readonly request: Uint8Array;
  readonly response: Uint8Array;
  readonly status: number;
}

interface Cell {
  readonly value: IrValue;
  readonly bytes: number;
}

/** Length and SHA-256 of an encoded value. */
interface Measured {
  readonly bytes: number;
  readonly digest: Uint8Array;
}

export class Machine {
  readonly ports: IrPorts;
  readonly meter: Meter;
  readonly held: HeldCapability[] = [];
  readonly receipts: Receipt[] = [];
  readonly steps: TraceStep[] = [];
  readonly #request: MachineRequest;
  readonly #registers = new Map<number, Cell>();
  readonly #times = new Map<number, number>();
  /** A constant may be 16 MiB, and put into registers ten thousands of times: it is encoded and hashed once. */
  readonly #measured = new WeakMap<IrValue, Measured>();
  #memory = 0;
  #place: Place = { at: 0, op: '' };
  #outputs: Uint8Array[] = [];
  #more: Pick<TraceStep, 'cap_id' | 'receipt_id'> = {};
  #result: IrValue | 'halted' | undefined;

  constructor(request: MachineRequest) {
    this.#request = request;
    this.ports = request.ports;
    this.meter = request.meter;
  }

  /** Where it is, for messages. */
  get place(): Place {
    return this.#place;
  }

  /** What the task returned; `halted` when it ended without; undefined while it goes on. */
  get result(): IrValue | 'halted' | undefined {
    return this.#result;
  }

  enter(place: Place): void {
    this.#place = place;
  }

  /** From here on the operation is done, and stands in the trace. */
  begin(opcode: number): void {
    const { at } = this.#place;
    this.#times.set(at, (this.#times.get(at) ?? 0) + 1);
    this.#outputs = [];
    this.#more = {};
    this.steps.push({ op: at, opcode, outputs: this.#outputs });
  }

  /** Adds to the step of this operation. */
  note(more: Pick<TraceStep, 'cap_id' | 'receipt_id'>): void {
    this.#more = { ...this.#more, ...more };
    const last = this.steps.pop();
    invariant(last !== undefined, 'a note is about an operation that began');
    this.steps.push({ ...last, ...this.#more });
  }

  /** Puts a value in place before the first operation. Throws `ir/memory`. */
  preset(register: number, value: IrValue): void {
    this.#put(register, value, this.#measure(value).bytes);
  }

  read<T extends ValueType>(register: number, ...types: readonly T[]): Extract<IrValue, { type: T }> {
    const value = this.#registers.get(register)?.value;
    invariant(value !== undefined && types.includes(value.type as T), `r${register} was checked before the run`);
    return value as Extract<IrValue, { type: T }>;
  }

  /** Throws `ir/memory`. */
  write(register: number, value: IrValue): void {
    const { bytes, digest } = this.#measure(value);
    this.#put(register, value, bytes);
    this.#outputs.push(digest);
  }

  #measure(value: IrValue): Measured {
    const known = this.#measured.get(value);
    if (known !== undefined) return known;
    const encoded = encodeValue(value);
    const measured = { bytes: encoded.length, digest: sha256(encoded) };
    this.#measured.set(value, measured);
    return measured;
  }

  #put(register: number, value: IrValue, bytes: number): void {
    const total = this.#memory + bytes - (this.#registers.get(register)?.bytes ?? 0);
    if (total > LIMITS.irMemoryBytes) throw irError('memory', { ...this.#place, limit: LIMITS.irMemoryBytes });
    this.#memory = total;
    this.#registers.set(register, { value, bytes });
  }

  /** Ends the task. */
  end(result: IrValue | 'halted'): void {
    this.#result = result;
  }

  /** Throws `ir/denied` where nothing that was required is of the kind. */
  requireKind(needs: ScopeName): void {
    if (this.held.some(({ kind }) => kind === SCOPE_KIND[needs])) return;
    const held = [...new Set(this.held.map(({ kind }) => SCOPE_NAME.get(kind) ?? String(kind)))];
    throw irError('denied', { ...this.#place, needs, held });
  }

  /**
   * What an effect is given. Its idempotency key is SHA-256 of the list «gatos.ir.effect, bundle, task, operation, how often before»: the
   * same packet asks with the same key again, whoever runs it and however it was signed or compressed.
   */
  effectContext(): EffectContext {
    const { bundle, taskId, signal } = this.#request;
    const { at } = this.#place;
    const before = BigInt((this.#times.get(at) ?? 1) - 1);
    const idempotencyKey = sha256(encodeCan(['gatos.ir.effect', bundle, taskId, BigInt(at), before]));
    return { held: [...this.held], idempotencyKey, deadline: this.meter.deadline, signal };
  }

  /** Asks a port. What it fails with after the deadline is that the deadline has passed: `ir/budget`. */
  async ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (error) {
      this.meter.checkDeadline(this.#place, error);
      throw error;
    }
  }

  /** Takes an answer into the trace when its receipt says what was asked and answered. Throws `ir/bad-receipt`. */
  take(receipt: Receipt, { toolId, request, response, status }: Claim, key: Uint8Array): void {
    const bad = (why: string): Error => irError('bad-receipt', { ...this.#place, why });
    try {
      checkStruct(RECEIPT, receipt, { engine: this.ports.engine });
    } catch (error) {
      throw bad((error as Error).message);
    }
    if (!bytesEqual(receipt.tool_id, toolId)) throw bad('it is of another tool');
    if (!bytesEqual(receipt.request_hash, sha256(request))) throw bad('it is of another request');
    if (!bytesEqual(receipt.response_hash, sha256(response))) throw bad('it is of another response');
    if (!bytesEqual(receipt.idempotency_key, key)) throw bad('it is of another idempotency key');
    if (receipt.status !== status) throw bad(`it has status ${receipt.status}, the response ${status}`);
    this.receipts.push(receipt);
    this.note({ receipt_id: receipt.receipt_id });
  }
}
