// Fits the yearly course of the daily maximum temperature on the first three years, and tries it on the fourth:
// node forecast.mjs weather.csv forecast.json
import { readFileSync, writeFileSync } from 'node:fs';

const [, , input, output] = process.argv;
const [, ...rows] = readFileSync(input, 'utf8').trim().split('\n');
const days = rows.map((row) => {
  const [date, , max] = row.split(',');
  const [year, month, day] = date.split(/[/-]/).map(Number);
  const ofYear = (Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / 86_400_000;
  return { year, angle: (2 * Math.PI * ofYear) / 365.25, max: Number(max) };
});
const known = days.filter(({ year }) => year < 2015);
const unseen = days.filter(({ year }) => year === 2015);

// One yearly wave: the terms of a Fourier series, which are means over whole years.
const mean = (of, among) => among.reduce((sum, each) => sum + of(each), 0) / among.length;
const level = mean(({ max }) => max, known);
const cosine = 2 * mean(({ max, angle }) => max * Math.cos(angle), known);
const sine = 2 * mean(({ max, angle }) => max * Math.sin(angle), known);
const forecast = ({ angle }) => level + cosine * Math.cos(angle) + sine * Math.sin(angle);

const error = mean((day) => Math.abs(forecast(day) - day.max), unseen);
const naive = mean(({ max }) => Math.abs(level - max), unseen);
const rounded = (value) => Number(value.toFixed(4));
const result = {
  days: { fitted: known.length, tried: unseen.length },
  model: { level: rounded(level), cosine: rounded(cosine), sine: rounded(sine) },
  mean_error: { forecast: rounded(error), always_the_mean: rounded(naive) },
};
writeFileSync(output, `${JSON.stringify(result, null, 2)}\n`);
console.log(`mean error ${error.toFixed(2)} °C, against ${naive.toFixed(2)} °C of the yearly mean`);
