/** Alters a stored file, and rebuilds tree, commit and ref around it with git's own tools: git itself finds nothing wrong with it. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

/** Changes the first `from` in `path` of the chain `ref` to `to`; returns a function that puts the ref back. */
export function alterStored({ repository, env }, { ref, path, from, to }) {
  const git = (args, input) => execFileSync('git', args, { cwd: repository, env, input }).toString('latin1').trimEnd();
  const before = git(['rev-parse', ref]);
  const text = execFileSync('git', ['cat-file', 'blob', `${before}:${path}`], { cwd: repository, env }).toString();
  if (!text.includes(from)) throw new Error(`\`${path}\` does not hold \`${from}\``);
  const blob = git(['hash-object', '-w', '--stdin'], text.replace(from, to));
  const index = { ...env, GIT_INDEX_FILE: join(repository, '.git', 'altered-index') };
  const withIndex = (...args) => execFileSync('git', args, { cwd: repository, env: index }).toString().trimEnd();
  withIndex('read-tree', before);
  withIndex('update-index', '--cacheinfo', `100644,${blob},${path}`);
  const tree = withIndex('write-tree');
  const [, ...lines] = git(['cat-file', 'commit', before]).split('\n');
  const commit = git(['hash-object', '-w', '-t', 'commit', '--stdin'], `${[`tree ${tree}`, ...lines].join('\n')}\n`);
  git(['update-ref', ref, commit]);
  return () => git(['update-ref', ref, before]);
}
