/** Policies in words: what a program denies and warns of, where each of its rules stands, and how an adoption came about. */
import { type Adoption, formatDigest, formatTime, type Program } from 'gatos-core';
import type { Style } from '../output/style.js';
import { visible } from '../output/style.js';
import { counted } from './count.js';

/** A denial or warning of a program. */
export interface HeadView {
  readonly id: string;
  readonly form: 'deny' | 'warn' | 'require';
  readonly because: string | null;
  readonly file: string;
  /** From 1; null where the sources are not at hand. */
  readonly line: number | null;
}

export function headsOf({ heads, modules }: Program, sources: ReadonlyMap<string, string> | null): readonly HeadView[] {
  return heads.map(({ id, form, because, place: [module, start] }) => {
    const file = modules[module]?.file ?? '';
    const text = sources?.get(file);
    return { id, form, because, file, line: text === undefined ? null : lineAt(text, start) };
  });
}

function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

export function describeHeads(heads: readonly HeadView[], { bold, dim }: Style): readonly string[] {
  return heads.map(({ id, form, because, file, line }) => {
    const place = visible(`${file}${line === null ? '' : `:${line}`}`);
    return `${form.padEnd(7)} ${bold(visible(id))} ${dim(`(${place}${because === null ? '' : `, ${visible(because)}`})`)}`;
  });
}

export function adoptionRow({ root, actor, keys, time, body }: Adoption) {
  const { modules, adrs, note, policy_code_root: codeRoot } = body;
  return {
    policy_root: root,
    policy_code_root: formatDigest(codeRoot),
    actor,
    keys,
    time: formatTime(time),
    modules,
    adrs,
    note,
  };
}

export function adoptionLine({ root, actor, keys, time, body }: Adoption): string {
  const files = counted(body.modules.length + body.adrs.length, 'file');
  const note = body.note === '' ? '' : `: ${body.note.split('\n', 1)[0]}`;
  return `${formatTime(time)} ${root} by ${actor}, ${counted(keys.length, 'signature')}, ${files}${note}`;
}

/** Whole texts one after the other, each below its name when there are several. */
export function describeTexts(texts: readonly { readonly file: string; readonly text: string }[], style: Style) {
  if (texts.length === 1) return visible((texts[0]?.text ?? '').replace(/\n$/, ''));
  return texts.flatMap(({ file, text }) => [style.bold(visible(`== ${file} ==`)), visible(text)]);
}
