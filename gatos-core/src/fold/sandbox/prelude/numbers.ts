/**
 * Numbers. QuickJS writes the digits of a fraction in an odd radix up to the shortest text that reads back; V8, which folds are
 * compared with, up to the precision of the number. ECMA-262 21.1.3.6 leaves it open; this is the method of V8 (and of
 * everyone who copied it). Radix 10 and powers of two are the same in both.
 */
export const NUMBERS = `
const DIGITS = '0123456789abcdefghijklmnopqrstuvwxyz';
const digitAt = (n) => DIGITS[n];
const STEPS = [];
for (let step = 2; step < 1e160; step *= step) STEPS[STEPS.length] = step;
// Half the distance to the next double above a positive finite one.
const halfStep = (value) => {
  if (value < 2.2250738585072014e-308) return 5e-324;
  let power = 1;
  if (value >= 1) {
    for (let i = STEPS.length - 1; i >= 0; i--) if (power * STEPS[i] <= value) power *= STEPS[i];
  } else {
    for (let i = STEPS.length - 1; i >= 0; i--) if (power / STEPS[i] > value) power /= STEPS[i];
    power /= 2;
  }
  return max(5e-324, power * 1.1102230246251565e-16);
};
const integerText = (value, radix) => {
  let rest = value;
  let out = '';
  while (rest / radix >= 9007199254740992) { rest /= radix; out = '0' + out; }
  do {
    const digit = rest % radix;
    out = digitAt(trunc(digit)) + out;
    rest = (rest - digit) / radix;
  } while (rest > 0);
  return out;
};
const radixText = (value, radix) => {
  let whole = trunc(value);
  let fraction = value - whole;
  let delta = halfStep(value);
  const digits = [];
  if (fraction >= delta) {
    do {
      fraction *= radix;
      delta *= radix;
      const digit = trunc(fraction);
      digits[digits.length] = digit;
      fraction -= digit;
      if ((fraction > 0.5 || (fraction === 0.5 && digit % 2 === 1)) && fraction + delta > 1) {
        // Round up: carry over nines, into the whole part if need be.
        for (;;) {
          if (digits.length === 0) { whole += 1; break; }
          const last = digits[digits.length - 1] + 1;
          digits.length -= 1;
          if (last < radix) { digits[digits.length] = last; break; }
        }
        break;
      }
    } while (fraction >= delta);
  }
  let out = integerText(whole, radix);
  for (let i = 0; i < digits.length; i++) out += (i === 0 ? '.' : '') + digitAt(digits[i]);
  return out;
};
replace(Number.prototype, 'toString', (native) => ({ method(radix) {
  const own = apply(numberValue, this, []);
  const base = radix === undefined ? 10 : trunc(number(radix));
  charge(1);
  if (base === 10 || base === 2 || base === 4 || base === 8 || base === 16 || base === 32) return apply(native, own, [base]);
  if (!(base >= 2 && base <= 36)) throw new outOfRange('toString() radix must be between 2 and 36');
  if (own !== own || own - own !== 0) return text(own);
  charge(64);
  const out = own < 0 ? '-' + radixText(-own, base) : own === 0 ? '0' : radixText(own, base);
  charge(out.length);
  return out;
} }).method);
keep(Number.prototype, ['constructor', 'toString', 'valueOf', 'toFixed', 'toExponential', 'toPrecision']);
keep(Number, ['length', 'name', 'prototype', 'parseInt', 'parseFloat', 'isNaN', 'isFinite', 'isInteger', 'isSafeInteger', 'MAX_VALUE', 'MIN_VALUE',
  'NaN', 'NEGATIVE_INFINITY', 'POSITIVE_INFINITY', 'EPSILON', 'MAX_SAFE_INTEGER', 'MIN_SAFE_INTEGER']);
keep(Math, ['min', 'max', 'abs', 'floor', 'ceil', 'round', 'sqrt', 'acos', 'asin', 'atan', 'atan2', 'cos', 'exp', 'log', 'pow', 'sin', 'tan',
  'trunc', 'sign', 'cosh', 'sinh', 'tanh', 'acosh', 'asinh', 'atanh', 'expm1', 'log1p', 'log2', 'log10', 'cbrt', 'hypot', 'fround', 'imul',
  'clz32', 'E', 'LN10', 'LN2', 'LOG2E', 'LOG10E', 'PI', 'SQRT1_2', 'SQRT2', Symbol.toStringTag]);
`;
