/**
 * Which modules go into one file of the bundle. To load a file costs Node as much as to parse ten kilobytes, so many small chunks
 * are as slow as one with everything. esbuild puts modules into one chunk when the same entries reach them; here the entries are
 * made to reach the same ones, for two groups:
 *
 * - the frame, which every run loads: all that the main program reaches;
 * - the hot path: what the commands that must be quick reach besides.
 *
 * The rest stays as esbuild cuts it: a dozen small files at most, where a third group would make most commands load too much.
 */
/** Modules reached from a module by imports that are not dynamic, itself included. */
function closure(inputs, start) {
  const reached = new Set([start]);
  const queue = [start];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    for (const { path: next, kind } of inputs[path]?.imports ?? []) {
      if (kind === 'dynamic-import' || !(next in inputs) || reached.has(next)) continue;
      reached.add(next);
      queue.push(next);
    }
  }
  return reached;
}

const meets = (a, b) => [...a].some((path) => b.has(path));
const without = (set, ...others) => new Set([...set].filter((path) => others.every((other) => !other.has(path))));

/**
 * From the metafile of a bundle without groups: entry → modules to be imported there too. `main` and `hot` are entries; `isOurs`
 * tells our own modules. Paths are as in the metafile.
 */
export function planChunks({ metafile, main, hot, isOurs }) {
  // Only what got into the bundle: the metafile also lists what was imported and then not used.
  const live = new Set(Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs)));
  const entries = Object.values(metafile.outputs)
    .map(({ entryPoint }) => entryPoint)
    .filter((entry) => entry !== undefined && entry !== main && isOurs(entry));
  // Packages come along with our modules that import them.
  const reach = (entry) =>
    new Set([...closure(metafile.inputs, entry)].filter((path) => live.has(path) && path !== entry && isOurs(path)));

  const frame = without(reach(main), new Set(entries));
  const hotPath = without(new Set(hot.flatMap((entry) => [...reach(entry)])), frame, new Set(entries));

  return new Map(entries.map((entry) => [entry, [...frame, ...(meets(reach(entry), hotPath) ? hotPath : [])]]));
}
