/** Mean and standard deviation of a column. Since 1.1.0 the deviation is that of a sample: the divisor is n - 1. */
export function fitScaler(values) {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / (values.length - 1)) };
}
