/** What we use of WebAssembly: Node has it, and the types of Node do not. */

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

interface WasmApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, Readonly<Record<string, (...values: never[]) => unknown>>>>,
  ) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new (limits: { initial: number }) => WasmMemory;
  readonly CompileError: ErrorConstructor;
  readonly LinkError: ErrorConstructor;
  /** A trap: the program did what WebAssembly forbids. */
  readonly RuntimeError: ErrorConstructor;
  /** Thrown by a program itself. */
  readonly Exception: new () => object;
}

export const wasm = (globalThis as unknown as { readonly WebAssembly: WasmApi }).WebAssembly;
