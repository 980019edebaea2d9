/** What a CSV cell says, when it is not to stay text. */
import type { JsonValue } from 'gatos-core';

const NUMBER = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;
/** No number that is kept is written longer; what is longer is text without a closer look. */
const LONGEST_NUMBER = 64;

/** A cell as the number, boolean or null that it reads as; text when a number would not have every digit of it. */
export function readCell(cell: string): JsonValue {
  if (cell === '') return null;
  if (cell === 'true') return true;
  if (cell === 'false') return false;
  if (cell.length > LONGEST_NUMBER || !NUMBER.test(cell)) return cell;
  const number = Number(cell);
  if (!Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number))) return cell;
  if (digitsOf(cell) !== digitsOf(String(number))) return cell;
  // There is no -0 in the JSON data model.
  return number === 0 ? 0 : number;
}

/** One spelling of a decimal number: sign, significant digits, exponent. */
function digitsOf(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  return `${sign}${significant}e${Number(exponent) - fraction.length + digits.length - significant.length}`;
}
