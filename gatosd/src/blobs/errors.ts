/** Faults of blobs as a clone has them. */
import { EXIT, errorArea } from 'gatos-core';

export const blobBytesError = errorArea('blob-bytes', {
  'bad-range': {
    kind: 'input',
    message: (d: { from: number; to: number; size: number }) =>
      `there are no bytes ${d.from} to ${d.to} in a blob of ${d.size} bytes`,
  },
  'bad-out': {
    kind: 'input',
    message: (d: { path: string; why: string }) => `cannot write to \`${d.path}\`: ${d.why}`,
  },
  'bad-chunks': {
    kind: 'integrity',
    message: (d: { cid: string; bad: readonly number[] }) =>
      `blob \`${d.cid}\` is damaged: chunk${d.bad.length === 1 ? '' : 's'} ${d.bad.slice(0, 20).join(', ')}${d.bad.length > 20 ? ` and ${d.bad.length - 20} more` : ''}`,
    hint: () => 'take good ones from another store, `git gatos blob sync REMOTE --thorough`, or put the file again',
  },
  'no-store': {
    kind: 'input',
    exit: EXIT.no,
    message: (d: { remote: string; url: string }) =>
      `it is not known where \`${d.remote}\` (\`${d.url}\`) keeps its chunks`,
    hint: (d: { remote: string }) =>
      `say it: \`git config remote.${d.remote}.gatosBlobs URL\`; a folder, https://HOST of a gatosd, or s3+https://HOST/BUCKET/PREFIX`,
  },
  'no-remote': {
    kind: 'missing',
    message: (d: { remote: string }) => `there is no remote \`${d.remote}\``,
    hint: () => '`git remote -v` lists them',
  },
});
