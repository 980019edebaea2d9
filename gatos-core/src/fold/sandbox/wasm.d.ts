/** What the sandbox uses of WebAssembly beyond `kernel/platform.d.ts`; Node and every browser have it. */
declare namespace WebAssembly {
  type ImportValue = ((...values: never[]) => unknown) | Memory;
  type ExportedFunction = (...values: number[]) => number;

  interface Memory {
    grow(pages: number): number;
  }

  class Instance {
    readonly exports: Readonly<Record<string, ExportedFunction>>;
  }

  namespace Module {
    function imports(module: Module): readonly { readonly name: string; readonly kind: string }[];
  }

  /** A trap: the guest module did what WebAssembly forbids. */
  class RuntimeError extends Error {}

  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(module: Module, imports: Record<string, Record<string, ImportValue>>): Promise<Instance>;
}
